/// A command that changes something: where the answer is lost, nobody knows whether it was done.
protocol ChangingCommand {}
