import CLinux
import UsherNames

/// Looks names of users and groups up for usherd, which never asks a directory itself.
///
/// usherd starts it with names as arguments, such as `user:ada`, and a socket as descriptor 3, and ends it when it has
/// answered or has taken too long. What nsswitch.conf(5) names may take its time, hang or crash this process, and runs
/// in no other one.
@main
enum UsherNamesProgram {
    /// After that many seconds it ends by itself, should nobody have ended it; more than usherd waits.
    private static let longest: UInt32 = 30

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let names = arguments.compactMap(AccountMessage.name)
        guard !names.isEmpty, names.count == arguments.count, usher_set_cloexec(AccountMessage.descriptor, 1) == 0
        else {
            var usage = "usage: usher-names user:NAME|group:NAME... (started by usherd, answers on descriptor 3)\n"
            usage.withUTF8 { _ = unsafe write(2, $0.baseAddress, $0.count) }
            exit(2)
        }
        alarm(longest)
        NameLookup.run(names)
    }
}
