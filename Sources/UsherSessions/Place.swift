internal import Synchronization

/// Makes the compiler hand a large value on by its address.
///
/// A method that does not change a struct gets a copy of it at each call, if the compiler can take the struct apart:
/// for the ledger, a kilobyte with every look-up. A struct with an atomic word cannot be taken apart, since the word
/// must stay where it is.
struct Place: ~Copyable {
    private let word = Atomic<UInt8>(0)
}
