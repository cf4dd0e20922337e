import CLinux

/// What the tests are built with.
package enum Sanitizer {
    /// Whether AddressSanitizer or ThreadSanitizer is in the program. They keep freed memory and memory of their own,
    /// and reserve terabytes of addresses: a test can neither measure a process's memory nor read all of it.
    package static let isOn = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
