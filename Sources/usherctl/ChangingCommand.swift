/// A command that changes something: if its answer is lost, nobody knows whether it was done.
protocol ChangingCommand {}
