import CLinux
import Testing
import UsherConfiguration
import UsherEngine
import UsherTestKit

@Suite("Configuration: [cluster]")
struct ClusterSettingsTests {
    private static let service = "\n[[service]]\nname = \"web\""

    @Test("a table with a name alone has the defaults, and reads back as it is written")
    func defaults() throws {
        let read = try ConfigurationBench.load("[cluster]\nname = \"corp\"" + Self.service)
        let cluster = try #require(read.cluster)
        var bytes = [CChar](repeating: 0, count: 65)
        gethostname(&bytes, 64)
        let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(cluster == ClusterSettings(name: "corp", host: name))
        #expect(cluster.link == "/run/usher-link.sock" && cluster.realms == ["default"])
        #expect(cluster.lease == .seconds(10) && cluster.copies == 0 && cluster.keyFile == nil)
        #expect(try ConfigurationBench.load(read.text).cluster == cluster)
        #expect(try ConfigurationBench.load("").cluster == nil)
    }

    @Test("every key is read, and written again")
    func keys() throws {
        let text = """
            [cluster]
            name = "c-1"
            host = "a.example"
            link = "/run/l.sock"
            realms = ["default", "vault"]
            lease = "15m"
            copies = 1
            same_accounts = false
            key_file = "/etc/k"
            [[service]]
            name = "web"
            [[service]]
            name = "vault"
            realm = "vault"
            """
        var cluster = ClusterSettings(
            name: "c-1", host: "a.example", link: "/run/l.sock", realms: ["default", "vault"],
            lease: .seconds(900), copies: 1, keyFile: "/etc/k")
        cluster.hasSameAccounts = false
        let read = try ConfigurationBench.load(text)
        #expect(read.cluster == cluster)
        #expect(try ConfigurationBench.load(read.text).cluster == cluster)
    }

    @Test(
        "what is refused, and why",
        arguments: [
            ("host = \"a\"", "cluster.name: is missing"),
            ("name = \"Corp\"", "cluster.name: must be 1 to 32 of a-z, 0-9 and -"),
            ("name = \"\"", "cluster.name: must be 1 to 32 of a-z, 0-9 and -"),
            ("name = \"c}\"", "cluster.name: must be 1 to 32 of a-z, 0-9 and -"),
            ("name = \"c\"\nhost = \"a b\"", "cluster.host: must be 1 to 64 letters, digits, -, _ and . of ASCII"),
            ("name = \"c\"\nlease = \"1s\"", "cluster.lease: must be 2s to 1h, is 1s"),
            ("name = \"c\"\ncopies = 3", "cluster.copies: must be 0 to 2, is 3"),
            ("name = \"c\"\nrealms = []", "cluster.realms: must not be empty"),
            ("name = \"c\"\nrealms = [\"none\"]", "cluster.realms[0]: there is no service in the realm \"none\""),
            ("name = \"c\"\nlink = \"l.sock\"", "cluster.link: must be an absolute path"),
            ("name = \"c\"\nlinks = \"/l\"", "cluster.links"),
        ])
    func refusals(_ table: String, _ why: String) {
        let fault = ConfigurationBench.fault("[cluster]\n" + table + Self.service)
        #expect(fault?.contains(why) == true, "\(fault ?? "no fault")")
    }

    // MARK: The key

    private static let key = String(repeating: "A", count: 43)

    private static func read(_ text: String, mode: mode_t = 0o600) throws -> String? {
        let directory = try TestDirectory()
        let path = directory.path("key")
        try File.write(text, to: path, mode: mode)
        chmod(path, mode)
        do throws(StartupError) {
            _ = try ClusterKeyFile.read(ClusterSettings(name: "c", host: "a", keyFile: path))
            return nil
        } catch {
            return error.description.replacing(path + ": ", with: "")
        }
    }

    @Test(
        "a file of keys that cannot be used says why, and nothing of what stands there",
        arguments: [
            ("", "there is no key in it"),
            ("1 AAAA\n", "line 1 must be a number from 0 to 255, a space, and 43 characters of base64url"),
            ("1 \(key)\n1 \(key)\n", "two keys have the number 1"),
            ("1 \(key)\n2 \(key)\n3 \(key)\n", "there are more than two keys in it"),
        ])
    func badKey(_ text: String, _ why: String) throws {
        #expect(try Self.read(text) == why)
    }

    @Test("a file of keys that others may read is refused, and so is no file")
    func openKey() throws {
        #expect(try Self.read("1 \(Self.key)\n") == nil)
        #expect(
            try Self.read("1 \(Self.key)\n", mode: 0o640)
                == "is open to other users than its owner; its mode must be 0600")
        let missing = ClusterSettings(name: "c", host: "a", keyFile: "/nowhere/key")
        #expect(throws: StartupError.self) { try ClusterKeyFile.read(missing) }
        let directory = ClusterSettings(name: "c", host: "a", keyFile: "/")
        #expect(throws: StartupError.self) { try ClusterKeyFile.read(directory) }
    }
}
