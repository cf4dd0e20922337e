import CLinux
import UsherTestKit

/// What the kernel says of the maps of one file in this process (/proc/self/smaps, proc(5)).
struct Mapping {
    /// Bytes of its pages that are in RAM.
    private(set) var resident = 0
    /// Bytes of the maps whose pages stay there.
    private(set) var locked = 0
    /// Bytes of the maps that no core has.
    private(set) var undumped = 0
    /// Bytes of all its maps.
    private(set) var size = 0

    /// The maps of the file that `descriptor` has open.
    init(of descriptor: CInt) {
        var status = stat()
        fstat(descriptor, &status)
        let smaps = File.text("/proc/self/smaps")
        var (isOurs, bytes) = (false, 0)
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ")
            if let range = words.first, range.contains("-"), words.count >= 5 {
                isOurs = words[4] == "\(status.st_ino)" && line.contains("memfd:")
                bytes = 0
            }
            guard isOurs, let name = words.first else { continue }
            switch name {
            case "Size:":
                bytes = (Int(words[1]) ?? 0) * 1024
                size += bytes
            case "Rss:": resident += (Int(words[1]) ?? 0) * 1024
            case "VmFlags:":
                if words.contains("lo") { locked += bytes }
                if words.contains("dd") { undumped += bytes }
            default: break
            }
        }
    }

    /// Descriptors of this process that have the file open that `status` tells of.
    static func descriptors(of status: stat) -> Int {
        File.names("/proc/self/fd").count { name in
            var other = stat()
            guard let descriptor = CInt(name), fstat(descriptor, &other) == 0 else { return false }
            return other.st_ino == status.st_ino && other.st_dev == status.st_dev
        }
    }

    /// Resident bytes of this process that no file is behind.
    static func privateBytes() -> Int {
        let status = File.text("/proc/self/status")
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) * 1024
    }
}
