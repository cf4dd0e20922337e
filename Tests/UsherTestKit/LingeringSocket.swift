import CLinux
import Glibc

/// A TCP connection over the loopback whose near end cannot be closed at once: it has unsent data that the far end does
/// not read, and SO_LINGER (socket(7)) makes the last close(2) wait for it.
package final class LingeringSocket {
    /// The near end; -1 once it was let go.
    package private(set) var descriptor: CInt
    private let far: CInt

    /// A connection whose close waits `seconds`.
    package init(seconds: CInt) throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var (address, small) = (sockaddr_in(), CInt(4096))
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, 4)
        let near = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        setsockopt(near, SOL_SOCKET, SO_SNDBUF, &small, 4)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, address, &size) == 0 && connect(near, address, size) == 0
            }
        }
        descriptor = near
        far = isConnected ? accept(listener, nil, nil) : -1
        guard far >= 0 else { throw TestFailure.last("connect") }
        let bytes = [UInt8](repeating: 0, count: 1 << 16)
        while send(descriptor, bytes, bytes.count, CInt(MSG_DONTWAIT)) > 0 {}
        var time = linger(l_onoff: 1, l_linger: seconds)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &time, socklen_t(MemoryLayout<linger>.size))
    }

    /// Closes the near end in this process. The caller has passed it on, so that this close(2) does not wait.
    package func letGo() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// A reset from the far end ends the wait of the near end, in whichever process it is closed.
    deinit {
        var none = linger(l_onoff: 1, l_linger: 0)
        setsockopt(far, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
        close(far)
        letGo()
    }
}

/// Sends `bytes` and passes `descriptors` with them (SCM_RIGHTS); false where the kernel does not let them through.
package func pass(_ descriptors: [CInt], with bytes: [UInt8], on socket: CInt, flags: CInt = 0) -> Bool {
    let header = MemoryLayout<cmsghdr>.size
    var control = [UInt8](repeating: 0, count: header + (descriptors.count * 4 + 7) / 8 * 8)
    var bytes = bytes
    return control.withUnsafeMutableBytes { control in
        control.storeBytes(of: header + descriptors.count * 4, as: Int.self)
        control.storeBytes(of: CInt(SOL_SOCKET), toByteOffset: 8, as: CInt.self)
        control.storeBytes(of: CInt(SCM_RIGHTS), toByteOffset: 12, as: CInt.self)
        for (index, descriptor) in descriptors.enumerated() {
            control.storeBytes(of: descriptor, toByteOffset: header + index * 4, as: CInt.self)
        }
        return bytes.withUnsafeMutableBytes { bytes in
            var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
            return withUnsafeMutablePointer(to: &part) { part in
                var message = msghdr()
                message.msg_iov = part
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                message.msg_controllen = control.count
                return sendmsg(socket, &message, flags | CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)) > 0
            }
        }
    }
}
