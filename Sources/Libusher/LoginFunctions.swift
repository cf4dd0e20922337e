// The functions are documented in usher.h, under the names of C.
// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation

public import CUsher
internal import UsherClient
internal import UsherSecrets

@c @implementation
public func usher_call_login(
    _ usher: OpaquePointer?, _ user: UnsafePointer<CChar>?, _ password: UnsafePointer<CChar>?, _ passwordSize: Int,
    _ service: UnsafePointer<CChar>?, _ context: UnsafePointer<usher_pair>?, _ contextCount: Int, _ timeout: Int64
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.start(
            user: Argument.text(user), password: Argument.secret(password, passwordSize).released(),
            service: Argument.optionalText(service), context: Argument.pairs(context, contextCount),
            timeout: Argument.duration(timeout, usual: driver.loginDeadline))
    } fill: {
        $0.set($1)
    }.given()
}

@c @implementation
public func usher_call_reauthenticate(
    _ usher: OpaquePointer?, _ token: UnsafePointer<CChar>?, _ password: UnsafePointer<CChar>?, _ passwordSize: Int,
    _ context: UnsafePointer<usher_pair>?, _ contextCount: Int, _ timeout: Int64
) -> OpaquePointer? {
    unsafe ForeignCall(usher) { driver throws(UsherError) in
        unsafe try driver.start(
            again: Argument.token(token), password: Argument.secret(password, passwordSize).released(),
            context: Argument.pairs(context, contextCount),
            timeout: Argument.duration(timeout, usual: driver.loginDeadline))
    } fill: {
        $0.set($1)
    }.given()
}

@c @implementation
public func usher_call_respond(
    _ usher: OpaquePointer?, _ challenge: OpaquePointer?, _ answers: UnsafePointer<usher_answer>?, _ count: Int
) -> OpaquePointer? {
    let known = unsafe ForeignChallenge.borrowed(challenge)?.challenge
    return unsafe ForeignCall(usher) { driver throws(UsherError) in
        guard let known else { throw UsherError(.invalidArgument, detail: "the challenge is NULL") }
        return unsafe try driver.respond(to: known, with: read(answers, count))
    } failed: { driver, error in
        if let known { driver.giveUp(known, after: error) }
    } fill: {
        $0.set($1)
    }.given()
}

private func read(_ list: UnsafePointer<usher_answer>?, _ count: Int) throws(UsherError) -> Answers {
    var answers = Answers()
    let elements = unsafe try Argument.elements(list, count)
    for index in elements.indices {
        let answer = unsafe elements[index]
        guard let secret = unsafe try Argument.secret(answer.bytes, answer.size) else {
            throw UsherError(.invalidArgument, detail: "an answer is NULL")
        }
        guard answers.append(secret) else { throw UsherError(.tooLarge, detail: "there are too many answers") }
    }
    return answers
}

@c @implementation
public func usher_cancel_login(_ usher: OpaquePointer?, _ challenge: OpaquePointer?) {
    guard let client = unsafe ForeignClient.borrowed(usher), let known = unsafe ForeignChallenge.borrowed(challenge)
    else { return }
    client.client.calls.cancelLogin(known.challenge)
}
