package import UsherPAMWire

/// The connection to the PAM broker.
package typealias BrokerLink = PeerLink<PAMRequest, PAMReport>

extension PAMRequest: LinkRequest {
    package static var largest: Int { PAMLimits.datagram }

    package static var greeting: PAMRequest { .hello(version: PAMLimits.version) }

    /// True for a start and a survey: answers and cancels are about a transaction.
    package var connects: Bool {
        switch self {
        case .start: true
        case .survey: true
        default: false
        }
    }
}

extension PAMReport: LinkReport {}
