internal import CLinux
package import UsherNames

/// Lines on standard output, written at once.
package enum DoctorOutput {
    /// write(2) of a line, as far as somebody reads it.
    package static func write(_ line: DoctorLine) {
        var text = line.text + "\n"
        text.withUTF8 { bytes in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let written = unsafe CLinux.write(1, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard written > 0 || usher_errno() == EINTR else { return }
                unsafe rest = rest.dropFirst(max(0, written))
            }
        }
    }
}
