import UsherClient

/// Logs a user in, asks whether the session is good, and ends it: all that a tool needs.
///
/// Start a daemon with `usherd --dev --directory DIRECTORY`, then run this with the directory, the user and, on
/// standard input, the password of `DIRECTORY/login.json`.
@main
enum LoginExample {
    static func main() async {
        guard CommandLine.arguments.count == 3, let password = Secret(readLine() ?? "") else {
            return print("usage: LoginExample DIRECTORY USER < password")
        }
        let client = UsherClient(.development(directory: CommandLine.arguments[1]))
        do {
            try await greet(client, user: CommandLine.arguments[2], password: password)
        } catch {
            print("failed:", error)
        }
    }

    static func greet(_ client: UsherClient, user: String, password: consuming Secret) async throws(UsherError) {
        let login = try await client.login(user: user, password: password, context: ["remote_ip": "192.0.2.7"]) {
            answers(to: $0)
        }
        print("logged in:", login.session.user, "with session", login.session.handle)

        if let session = try await client.validate(login.token) {
            print("still good, until", session.expires)
        }
        try await client.revoke(login.token)
        print("after revoking:", try await client.validate(login.token) == nil ? "refused" : "still good")
    }

    /// A one-time code or a new password, line by line from standard input; nil gives up.
    static func answers(to challenge: Challenge) -> Answers? {
        var answers = Answers()
        for prompt in challenge.prompts {
            print(prompt.text)
            guard prompt.wantsAnswer else { continue }
            guard let line = readLine(), let answer = Secret(line) else { return nil }
            answers.append(answer)
        }
        return answers
    }
}
