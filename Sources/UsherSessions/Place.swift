internal import Synchronization

/// Makes the compiler hand a large value on by its address.
///
/// A struct that could be taken apart is copied whole for each call of a method that does not change it: for the ledger
/// a kilobyte with every look-up. One that holds an atomic word cannot be, since the word must stay where it is.
struct Place: ~Copyable {
    private let word = Atomic<UInt8>(0)
}
