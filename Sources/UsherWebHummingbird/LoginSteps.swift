#if Web
    import Synchronization
    package import UsherClient
    package import UsherWeb

    /// The fields that a form posts. The request that runs a step of a login and the second request of a double click,
    /// which waits for it, share them.
    package final class PostedForm: Sendable {
        /// The fields.
        package let body: FormBody

        /// Shares a body that has been read.
        package init(_ body: consuming FormBody) { self.body = body }

        /// The value of a field; empty where it is not there.
        package func text(_ name: String) -> String { body.text(name) ?? "" }
    }

    /// Logins in progress: the challenges that wait for a person, and the steps that run.
    ///
    /// A double click sends a form twice, and the browser shows the second answer alone. So a step runs once for a
    /// browser and the text of its form. A second request gets the outcome of the first until ten seconds after the
    /// step: no one-time code is spent twice.
    package final class LoginSteps: Sendable {
        /// A challenge that waits for the browser that was shown it.
        struct Flow: Sendable {
            let challenge: Challenge
            let browser: LoginCSRF
            let isConfirmation: Bool
        }

        /// One form of one browser. An outcome contains a session's token, so only a request with the same cookie gets
        /// it.
        package struct StepName: Hashable {
            private let visitor: Visitor
            private let text: String
            private let flow: String
            private let user: String

            /// The form that `visitor` posts.
            package init(_ visitor: Visitor, _ form: PostedForm) {
                self.visitor = visitor
                text = form.text(CSRF.fieldName)
                flow = form.text("flow")
                user = form.text("user")
            }

            fileprivate var source: String { visitor.source }
        }

        /// What came of a step.
        package enum Outcome: Sendable {
            /// The user is logged in.
            case complete(Login)
            /// The next questions, and the name under which the answers are awaited.
            case challenge(Challenge, name: String)
            /// The daemon has refused it.
            case refused(UsherError)
            /// The form does not hold what the step needs.
            case unreadable(FormBody.Refusal)
            /// The challenge is over, or another browser's.
            case gone
        }

        private struct State: ~Copyable {
            var flows: FlowTable<String, Flow>
            var steps = FlowTable<StepName, Task<Outcome, Never>>(capacity: LoginSteps.stepLimit)
        }

        /// Steps that run or have ended a moment ago, at most: a multiple of a peer's share of logins in progress (32).
        /// A step that is dropped runs on, and a second request with the same form runs it anew.
        private static let stepLimit = 256
        /// How long after a step its outcome is kept for a second request with the same form.
        private static let memory = Duration.seconds(10)

        private let client: UsherClient
        private let state: Mutex<State>

        /// Steps of logins of `client`, of which `capacity` may wait for a person.
        package init(_ client: UsherClient, capacity: Int) {
            self.client = client
            state = Mutex(State(flows: FlowTable(capacity: capacity)))
        }

        /// Has room for `capacity` logins that wait for a person from now on; cancels those that are dropped.
        package func resize(_ capacity: Int) {
            for flow in state.withLock({ $0.flows.resize(capacity) }) { client.cancelLogin(flow.challenge) }
        }

        /// How many logins wait for a person.
        package var waiting: Int { state.withLock { $0.flows.count } }

        /// Runs the step of that name once.
        package func once(_ name: StepName, _ step: @escaping @Sendable () async -> Outcome) async -> Outcome {
            let now = ContinuousClock.now
            let task = state.withLock { state in
                if let running = state.steps.flow(name, now: now) { return running }
                let task = Task { await step() }
                _ = state.steps.insert(
                    task, named: name, source: name.source, until: now + client.configuration.loginDeadline, now: now)
                forget(name, after: task)
                return task
            }
            return await task.value
        }

        private func forget(_ name: StepName, after task: Task<Outcome, Never>) {
            Task {
                _ = await task.value
                try? await Task.sleep(for: Self.memory)
                _ = state.withLock { $0.steps.take(name, now: .now) { $0 == task } }
            }
        }

        /// The browser, source and kind of login that all steps of a login have in common.
        package struct Visitor: Sendable, Hashable {
            let browser: LoginCSRF
            /// The source by which waiting logins are counted, ``WebContext/source(of:)``.
            let source: String
            let isConfirmation: Bool

            /// A browser at `source` that logs in or confirms.
            package init(browser: LoginCSRF, source: String, isConfirmation: Bool) {
                self.browser = browser
                self.source = source
                self.isConfirmation = isConfirmation
            }
        }

        /// The first step of a login; with `token`, of a re-authentication.
        package func start(
            _ visitor: Visitor, _ form: PostedForm, token: Token?, service: String?, context: [String: String]
        ) async -> Outcome {
            let password: Secret?
            do { password = try form.body.secret("password") } catch { return .unreadable(error) }
            do throws(UsherError) {
                if let token {
                    return settle(
                        try await client.startReauthentication(token, password: password, context: context), visitor)
                }
                return settle(
                    try await client.startLogin(
                        user: form.text("user"), password: password, service: service, context: context), visitor)
            } catch {
                return .refused(error)
            }
        }

        /// A further step: the answers to the challenge of that name.
        package func answer(_ visitor: Visitor, _ form: PostedForm, to name: String) async -> Outcome {
            let flow = state.withLock { state in
                state.flows.take(name, now: .now) {
                    $0.browser == visitor.browser && $0.isConfirmation == visitor.isConfirmation
                }
            }
            guard let flow else { return .gone }
            var answers = Answers()
            for (index, prompt) in flow.challenge.prompts.enumerated() where prompt.wantsAnswer {
                let answer: Secret?
                do { answer = try form.body.secret("answer\(index)") } catch {
                    client.cancelLogin(flow.challenge)
                    return .unreadable(error)
                }
                answers.append(answer ?? Secret())
            }
            do throws(UsherError) {
                return settle(try await client.respond(to: flow.challenge, with: answers), visitor)
            } catch {
                return .refused(error)
            }
        }

        /// Keeps the challenge of a step that is not the last.
        private func settle(_ step: LoginStep, _ visitor: Visitor) -> Outcome {
            switch step {
            case .complete(let login): return .complete(login)
            case .challenge(let challenge):
                let flow = Flow(
                    challenge: challenge, browser: visitor.browser, isConfirmation: visitor.isConfirmation)
                let name = Token.fresh().text
                let now = ContinuousClock.now
                let gone = state.withLock { state in
                    state.flows.insert(
                        flow, named: name, source: visitor.source, until: now + client.configuration.loginDeadline,
                        now: now)
                }
                for flow in gone { client.cancelLogin(flow.challenge) }
                return .challenge(challenge, name: name)
            }
        }
    }
#endif
