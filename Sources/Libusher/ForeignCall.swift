internal import UsherClient

/// A `usher_call`: a prepared request, with a result of any type.
final class ForeignCall: ForeignHandle, Sendable {
    /// Sends it and blocks.
    let wait: @Sendable () -> ForeignResult
    /// Sends it; the program's event loop runs the function with the outcome. Returns the number for `usher_cancel`;
    /// nil, without effect, if the client is closed or has no such loop.
    let begin: @Sendable (@escaping @Sendable (ForeignResult) -> Void) -> Int64?

    /// The call that `make` describes for the client of `usher`. `fill` puts its value into a result; `failed` gets the
    /// error of a call that failed.
    init<Value: Sendable>(
        _ usher: OpaquePointer?, _ make: (ConnectionDriver) throws(UsherError) -> Call<Value>,
        failed: @escaping @Sendable (ConnectionDriver, UsherError) -> Void = { _, _ in },
        fill: @escaping @Sendable (ForeignResult, Value) -> Void
    ) {
        guard let client = unsafe ForeignClient.borrowed(usher) else {
            let error = UsherError(.invalidArgument, detail: "the usher is NULL")
            wait = { ForeignResult(error) }
            begin = { _ in nil }
            return
        }
        let driver = client.client.calls
        let finish = { @Sendable (outcome: Result<Value, UsherError>) -> ForeignResult in
            switch outcome {
            case .success(let value):
                let result = ForeignResult()
                fill(result, value)
                return result
            case .failure(let error):
                failed(driver, error)
                return ForeignResult(error)
            }
        }
        do throws(UsherError) {
            let call = try make(driver)
            wait = { finish(client.isHosted ? .failure(Self.mustNotBlock) : Self.outcome(of: call)) }
            begin = { done in call.begin { done(finish($0)) } }
        } catch {
            wait = { ForeignResult(client.isHosted ? Self.mustNotBlock : error) }
            begin = { done in driver.beginFailed { done(ForeignResult(error)) } }
        }
    }

    private static var mustNotBlock: UsherError {
        UsherError(.invalidArgument, detail: "with own_loop nothing may block")
    }

    private static func outcome<Value>(of call: Call<Value>) -> Result<Value, UsherError> {
        do throws(UsherError) { return .success(try call.wait()) } catch { return .failure(error) }
    }
}
