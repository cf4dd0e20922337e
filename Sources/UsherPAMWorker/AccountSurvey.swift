internal import CLinux
internal import UsherNames
internal import UsherPAMWire

/// Digests of many accounts' entries in passwd(5) and shadow(5). Each file is read once, from the first line to the
/// last, by libc's own reader of it.
///
/// A look-up by name reads a file to the line of the name, so that ten thousand look-ups read it ten thousand times. No
/// directory is asked, hangs or is loaded: an account that is not in the files is missing here. As look-ups do, it
/// takes the first entry of a name. Names are bytes: a `String` equals another one that looks the same.
struct AccountSurvey {
    private let key: CredentialKey
    private var wanted: Set<[UInt8]>
    private var accounts: [[UInt8]: PasswdHash] = [:]
    private var digests: [[UInt8]: AccountDigest] = [:]

    /// The digests that `survey` asks for, of these two files; empty where one cannot be read.
    static func digests(
        of survey: PAMSurvey, passwd: String = "/etc/passwd", shadow: String = "/etc/shadow"
    ) -> [AccountDigest] {
        var work = AccountSurvey(survey)
        guard work.readPasswd(passwd), work.readShadow(shadow) else { return [] }
        return survey.names.map { work.digest(of: Array($0.utf8)) }
    }

    private init(_ survey: PAMSurvey) {
        key = survey.credentialKey
        wanted = Set(survey.names.map { Array($0.utf8) })
    }

    private func digest(of name: [UInt8]) -> AccountDigest {
        digests[name] ?? accounts[name]?.digest(with: nil, under: key) ?? .missing
    }

    private mutating func readPasswd(_ path: String) -> Bool {
        var entry = unsafe passwd()
        return unsafe AccountFile.read(path) { file, buffer, size in
            var found: UnsafeMutablePointer<passwd>?
            let code = unsafe fgetpwent_r(file, &entry, buffer, size, &found)
            guard code == 0, let text = unsafe entry.pw_name else { return code }
            let name = unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            if wanted.contains(name), accounts[name] == nil { accounts[name] = unsafe PasswdHash(entry, under: key) }
            return code
        }
    }

    private mutating func readShadow(_ path: String) -> Bool {
        var entry = unsafe spwd()
        return unsafe AccountFile.read(path) { file, buffer, size in
            var found: UnsafeMutablePointer<spwd>?
            let code = unsafe fgetspent_r(file, &entry, buffer, size, &found)
            guard code == 0, let text = unsafe entry.sp_namp else { return code }
            let name = unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            if let account = accounts[name], digests[name] == nil {
                digests[name] = account.digest(with: unsafe ShadowEntry(entry, under: key), under: key)
            }
            return code
        }
    }
}

/// A file of lines that libc reads.
private enum AccountFile {
    /// The longest entry: what useradd(8) writes is some hundred bytes.
    private static let longest = 65_536

    /// Calls `next` with the open file and memory for an entry until it says ENOENT, at the file's end. False where the
    /// file cannot be opened or read to its end, or an entry is longer than the memory. The memory is zeroed at the
    /// end: hashes of passwords were in it.
    @unsafe static func read(
        _ path: String, _ next: (UnsafeMutablePointer<FILE>, UnsafeMutablePointer<CChar>, Int) -> Int32
    ) -> Bool {
        guard let file = unsafe fopen(path, "re") else { return false }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 2 * longest) { memory in
            guard let start = memory.baseAddress else { return false }
            defer {
                unsafe fclose(file)
                unsafe usher_wipe(start, memory.count)
            }
            unsafe setvbuf(file, start + longest, Int32(_IOFBF), longest)
            while true {
                switch unsafe next(file, start, longest) {
                case 0: continue
                case ENOENT: return unsafe ferror(file) == 0
                default: return false
                }
            }
        }
    }
}
