/// `server.stats`.
package struct StatsParams: Sendable {
    /// Whether a row for each service is asked for.
    package private(set) var wantsServices = false

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "by_service", 0, bytes) { wantsServices = try members.reader.bool(bytes) }
        }
    }
}

/// Figures of one service.
package struct ServiceFigures: Equatable, Sendable {
    /// The service's name.
    package var service: String
    /// The realm that it belongs to.
    package var realm: String
    /// Its figures.
    package var figures: [Figure]

    /// Figures of a service.
    package init(service: String, realm: String, figures: [Figure]) {
        self.service = service
        self.realm = realm
        self.figures = figures
    }
}

extension FrameBuffer {
    /// `server.stats`.
    package mutating func writeStats(id: Int64, byService: Bool) -> Ending {
        beginRequest(.stats, id: id)
        if byService {
            key("by_service")
            value(true)
        }
        return endRequest()
    }

    /// The result of `server.stats`, with as many services as fit the frame.
    package mutating func statistics(_ figures: [Figure], _ services: [ServiceFigures]?) {
        beginObject()
        write(figures)
        if let services {
            key("services")
            beginArray()
            _ = services.firstIndex { service in !addToPage { $0.write(service) } }
            endArray()
        }
        endObject()
    }

    private mutating func write(_ service: ServiceFigures) {
        beginObject()
        key("service")
        value(service.service)
        key("realm")
        value(service.realm)
        write(service.figures)
        endObject()
    }

    private mutating func write(_ figures: [Figure]) {
        for figure in figures {
            value(figure.name)
            colon()
            value(figure.value)
        }
    }
}

/// `server.stats`, read by a client.
package struct Stats: Equatable, Sendable {
    /// Name and figure, in the daemon's order.
    package let figures: [Figure]
    /// Rows of services, where they were asked for.
    package private(set) var services: [ServiceFigures] = []

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var reader = JSONReader(result, depth: 1)
        figures = try reader.figures(bytes)
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            guard try members.matches(key, "services", 0, bytes) else { continue }
            try members.reader.enterArray(bytes)
            while try members.reader.nextElement(bytes) { services.append(try ServiceFigures(&members.reader, bytes)) }
        }
    }
}

extension ServiceFigures {
    fileprivate init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var again = reader
        figures = try again.figures(bytes)
        var (service, realm): (String?, String?)
        var members = Members()
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "service", 0, bytes) {
                service = try reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "realm", 1, bytes) {
                realm = try reader.wholeText(bytes).string(in: bytes)
            }
        }
        guard let service, let realm else { throw .invalidParams }
        self.service = service
        self.realm = realm
    }
}
