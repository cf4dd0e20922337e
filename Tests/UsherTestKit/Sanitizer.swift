import CLinux

/// What the tests are built with.
package enum Sanitizer {
    /// AddressSanitizer. It keeps what was freed and has addresses of its own, 16 TiB of them, so that nothing can be
    /// said of how much memory a process uses, and not all of it can be read.
    package static let isOn = dlsym(nil, "__asan_init") != nil
}
