import CLinux

/// What the tests are built with.
package enum Sanitizer {
    /// AddressSanitizer or ThreadSanitizer. They have memory of their own, keep what was freed and reserve terabytes of
    /// addresses, so that nothing can be said of how much a process uses, and not all of it can be read.
    package static let isOn = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
