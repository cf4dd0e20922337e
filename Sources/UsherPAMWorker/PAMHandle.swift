internal import CLinux
internal import CPAM

/// A pam_handle_t. Ended (pam_end(3)) with the last return code when it goes.
@safe struct PAMHandle: ~Copyable {
    private let handle: OpaquePointer
    private let conversation: Conversation
    private var last = PAM_SUCCESS

    /// pam_start(3), or pam_start_confdir(3) where a directory is given. Throws the return code.
    init(service: String, user: String, directory: String?, conversation: Conversation) throws(PAMCode) {
        var structure = unsafe conversation.structure
        var handle: OpaquePointer?
        let code =
            if let directory {
                unsafe pam_start_confdir(service, user, &structure, directory, &handle)
            } else {
                unsafe pam_start(service, user, &structure, &handle)
            }
        guard code == PAM_SUCCESS, let handle = unsafe handle else { throw PAMCode(code) }
        unsafe self.handle = handle
        self.conversation = conversation
    }

    deinit { unsafe pam_end(handle, last) }

    private mutating func note(_ code: Int32) throws(PAMCode) {
        last = code
        guard code == PAM_SUCCESS else { throw PAMCode(code) }
    }

    /// pam_set_item(3) for an item that is a string, which libpam copies.
    mutating func set(_ item: Int32, _ text: String) throws(PAMCode) {
        try note(unsafe text.withCString { unsafe pam_set_item(handle, item, $0) })
    }

    /// PAM_FAIL_DELAY of pam_set_item(3): nobody sleeps after a failure.
    mutating func setDelayCallback() throws(PAMCode) {
        let callback = unsafe unsafeBitCast(Conversation.delayCallback, to: UnsafeRawPointer.self)
        try note(unsafe pam_set_item(handle, PAM_FAIL_DELAY, callback))
    }

    /// pam_authenticate(3). Never PAM_SILENT, as a conversation may follow.
    mutating func authenticate() throws(PAMCode) {
        try note(unsafe pam_authenticate(handle, Int32(PAM_DISALLOW_NULL_AUTHTOK)))
    }

    /// pam_acct_mgmt(3).
    mutating func checkAccount() throws(PAMCode) {
        try note(unsafe pam_acct_mgmt(handle, Int32(PAM_DISALLOW_NULL_AUTHTOK)))
    }

    /// pam_chauthtok(3) of an expired password. Without the flag root would set a new password unasked.
    mutating func changePassword() throws(PAMCode) {
        try note(unsafe pam_chauthtok(handle, Int32(PAM_CHANGE_EXPIRED_AUTHTOK)))
    }

    /// pam_setcred(3). Nothing is deleted again: what modules such as pam_krb5 make is for after the login.
    mutating func establishCredentials() throws(PAMCode) {
        try note(unsafe pam_setcred(handle, Int32(PAM_ESTABLISH_CRED)))
    }

    /// PAM_USER of pam_get_item(3), which modules may have changed; nil if it is missing or not UTF-8.
    func user() -> String? {
        var item: UnsafeRawPointer?
        guard unsafe pam_get_item(handle, PAM_USER, &item) == PAM_SUCCESS, let item = unsafe item else { return nil }
        return unsafe String(validatingCString: item.assumingMemoryBound(to: CChar.self))
    }
}

/// A return code of libpam that is not PAM_SUCCESS.
struct PAMCode: Error {
    let value: Int32
    init(_ value: Int32) { self.value = value }
}
