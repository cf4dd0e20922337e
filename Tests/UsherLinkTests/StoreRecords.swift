/// Records as the store's functions take them.
enum StoreRecords {
    /// A record with so many sealed bytes, which lives until 2100.
    static func record(sealed: Int) -> [UInt8] {
        func bytes(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        let times = bytes(UInt32(0)) + bytes(UInt32(86_400)) + bytes(UInt32(4_102_444_800))
        let stamp = bytes(UInt64(0)) + bytes(UInt64(0))
        let names = bytes(UInt64(1)) + bytes(UInt64(0)) + stamp + bytes(UInt32(7)) + bytes(UInt32(1))
        return [76, 1, 0, 0] + times + names + [UInt8](repeating: 5, count: 8)
            + [UInt8](repeating: 3, count: 16 + sealed)
    }
}
