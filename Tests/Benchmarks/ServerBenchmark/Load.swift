import CLinux

/// What is asked of a server, and how its answers are told apart.
struct Workload {
    /// Requests of one size, of which random ones are sent.
    struct Requests {
        private(set) var bytes: [UInt8] = []
        private(set) var count = 0
        var size: Int { count == 0 ? 0 : bytes.count / count }

        mutating func append(_ request: [UInt8]) {
            precondition(count == 0 || request.count == size)
            bytes += request
            count += 1
        }
    }

    /// How long an answer is.
    enum Framing {
        /// As its first four bytes say, big-endian, without themselves.
        case prefixed
        /// Always the same.
        case fixed(Int)
    }

    let socket: String
    let requests: Requests
    let framing: Framing
    /// A byte of every answer that is a success.
    let mark: (offset: Int, byte: UInt8)
}

/// A closed loop over one epoll(7) set: each connection keeps `depth` requests in flight and sends a new one for each
/// answer, all that one read brought in one write.
struct Load {
    /// Latencies are counted in classes of that many nanoseconds, the last of which takes the rest.
    static let latencyClass = 250
    static let latencyClasses = 80_000

    private let workload: Workload
    private let depth: Int
    private let set = epoll_create1(0)
    private var connections: [LoadConnection] = []
    private(set) var answers = 0
    private var latencies = [UInt32](repeating: 0, count: Load.latencyClasses)
    private var random: UInt64 = 0x9E37_79B9_7F4A_7C15

    init(_ workload: Workload, connections count: Int, depth: Int) throws {
        self.workload = workload
        self.depth = depth
        for index in 0..<count {
            connections.append(LoadConnection(try connected(to: workload.socket), depth: depth))
            var event = unsafe epoll_event()
            unsafe event.events = EPOLLIN.rawValue
            unsafe event.data.u64 = UInt64(index)
            unsafe epoll_ctl(set, EPOLL_CTL_ADD, connections[index].socket, &event)
        }
    }

    /// Closes the connections.
    func end() {
        for connection in connections { close(connection.socket) }
        close(set)
    }

    /// Asks for `duration` nanoseconds, then waits for what is in flight; `meanwhile` is called with the nanoseconds
    /// that have passed, often and from within the loop. Returns the nanoseconds that it took.
    mutating func run(for duration: Int64, meanwhile: (Int64) throws -> Void = { _ in }) throws -> Int64 {
        let start = nanoseconds()
        answers = 0
        unsafe latencies.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: 0) }
        for connection in connections { try ask(depth, on: connection, at: start) }
        var inFlight = depth * connections.count
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)
        while inFlight > 0 {
            let ready = unsafe epoll_wait(set, &events, 64, 10_000)
            guard ready > 0 else { throw Failure("the server does not answer") }
            try meanwhile(nanoseconds() - start)
            for index in 0..<Int(ready) {
                let connection = unsafe connections[Int(events[index].data.u64)]
                let received = try connection.receive()
                let now = nanoseconds()
                let taken = try take(received, from: connection, at: now)
                inFlight -= taken
                if now - start < duration {
                    try ask(taken, on: connection, at: now)
                    inFlight += taken
                }
            }
        }
        return nanoseconds() - start
    }

    /// The latency that a share `q` of the answers did not exceed, in microseconds.
    func latency(_ q: Double) -> Double {
        var left = Int(q * Double(answers))
        for index in latencies.indices {
            left -= Int(latencies[index])
            if left < 0 { return Double((index + 1) * Self.latencyClass) / 1000 }
        }
        return Double(Self.latencyClasses * Self.latencyClass) / 1000
    }

    private mutating func ask(_ count: Int, on connection: LoadConnection, at now: Int64) throws {
        for _ in 0..<count {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            let number = Int(random.multipliedFullWidth(by: UInt64(workload.requests.count)).high)
            connection.append(workload.requests, number, at: now)
        }
        try connection.send()
    }

    /// Takes whole answers; returns how many there were.
    private mutating func take(_ bytes: Int, from connection: LoadConnection, at now: Int64) throws -> Int {
        var (offset, count) = (0, 0)
        while let size = connection.size(at: offset, workload.framing), bytes - offset >= size {
            guard connection.byte(offset + workload.mark.offset) == workload.mark.byte else {
                throw Failure("an answer is not what it should be: " + connection.text(offset, size))
            }
            let latency = Int(now - connection.takeStart()) / Self.latencyClass
            latencies[min(latency, Self.latencyClasses - 1)] += 1
            offset += size
            count += 1
        }
        connection.drop(offset)
        answers += count
        return count
    }
}

/// One connection of a load and its buffers.
@safe final class LoadConnection {
    let socket: CInt
    private static let size = 64 << 10
    private let input = UnsafeMutableRawPointer.allocate(byteCount: LoadConnection.size, alignment: 64)
    private let output = UnsafeMutableRawPointer.allocate(byteCount: LoadConnection.size, alignment: 64)
    private var filled = 0
    private var toSend = 0
    private var starts: [Int64]
    private var started = 0
    private var answered = 0

    init(_ socket: CInt, depth: Int) {
        self.socket = socket
        starts = Array(repeating: 0, count: depth)
    }

    deinit {
        unsafe input.deallocate()
        unsafe output.deallocate()
    }

    /// Adds request `number` to what is sent next.
    func append(_ requests: Workload.Requests, _ number: Int, at now: Int64) {
        let size = requests.size
        let request = requests.bytes.span.extracting(number * size..<(number + 1) * size)
        unsafe request.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(start: output + toSend, count: size).copyMemory(from: source)
        }
        toSend += size
        starts[started % starts.count] = now
        started += 1
    }

    func send() throws {
        guard toSend > 0 else { return }
        let sent = unsafe CLinux.send(socket, output, toSend, CInt(MSG_NOSIGNAL))
        guard sent == toSend else { throw Failure("the server does not read") }
        toSend = 0
    }

    /// Reads what is there; returns how many bytes wait to be taken.
    func receive() throws -> Int {
        let got = unsafe recv(socket, input + filled, Self.size - filled, 0)
        guard got > 0 else { throw Failure("the server closed a connection") }
        filled += got
        return filled
    }

    /// The size of the answer at `offset`, once that is known.
    func size(at offset: Int, _ framing: Workload.Framing) -> Int? {
        switch framing {
        case .fixed(let size): return size
        case .prefixed:
            guard filled - offset >= 4 else { return nil }
            return unsafe 4 + Int(UInt32(bigEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
    }

    func byte(_ offset: Int) -> UInt8 { unsafe input.load(fromByteOffset: offset, as: UInt8.self) }

    func text(_ offset: Int, _ size: Int) -> String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: input + offset, count: size), as: UTF8.self)
    }

    /// When the request was sent whose answer comes next. Redis answers in order, and usherd does, too, although its
    /// protocol does not promise that.
    func takeStart() -> Int64 {
        answered += 1
        return starts[(answered - 1) % starts.count]
    }

    /// Forgets the first `bytes` bytes.
    func drop(_ bytes: Int) {
        filled -= bytes
        if filled > 0 { unsafe memmove(input, input + bytes, filled) }
    }
}
