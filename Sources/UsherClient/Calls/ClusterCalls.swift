package import UsherWire

// `cluster.*`: how each is written and read.
extension ConnectionDriver {
    /// `cluster.status`.
    func clusterStatus() throws(UsherError) -> Call<ClusterStatus> {
        try prepare(.idempotent) { frame, id in
            frame.writeRequest(.clusterStatus, id: id)
        } read: { result, _ throws(Refusal) in
            try ClusterStatus(result.all, in: result)
        }
    }

    /// `cluster.forget`.
    func forget(member: String?) throws(UsherError) -> Call<Void> {
        try prepare(.idempotent) { frame, id in
            frame.writeForgetMember(id: id, member: member)
        } read: { result, _ throws(Refusal) in
            try result.requireObject()
        }
    }
}

// For command lines; takes the role `admin`.
extension UsherClient.Blocking {
    /// This host among the hosts that share sessions. Blocks.
    package func clusterStatus() throws(UsherError) -> ClusterStatus { try driver.clusterStatus().wait() }

    /// Says that a host is gone for good; `member` is as ``clusterStatus()`` names it, nil stands for all that are
    /// waited for. Blocks.
    package func forget(member: String?) throws(UsherError) { try driver.forget(member: member).wait() }
}
