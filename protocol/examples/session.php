<?php
// A PHP program over FFI: logs in, asks whether the session is still good, and notices its end at once.
// php -d ffi.enable=1 session.php DIRECTORY USER PASSWORD, with the directory of a `usherd --dev`.
$usher = FFI::cdef('
    typedef struct usher usher; typedef struct usher_call usher_call; typedef struct usher_result usher_result;
    typedef struct usher_session usher_session;
    typedef struct { size_t size; const char *socket_path; const char *server_user; const char *development;
                     int own_loop;
                     int64_t deadline_ms, login_deadline_ms, patience_ms, request_patience_ms, queue_capacity,
                             cache_capacity; } usher_options;
    typedef struct { int number; const char *name; const char *text; } usher_error;
    typedef struct { const char *handle; const char *realm; const char *service; const char *user; } usher_session_info;
    usher *usher_open(const usher_options *options);
    void usher_close(usher *usher);
    usher_session *usher_validate(usher *usher, const char *token, int touch, usher_result **failure);
    const usher_session_info *usher_session_info_of(const usher_session *session);
    void usher_session_free(usher_session *session);
    usher_call *usher_call_login(usher *usher, const char *user, const char *password, size_t size, const char *service,
                                 const void *context, size_t count, int64_t timeout_ms);
    usher_result *usher_wait(usher_call *call);
    const usher_error *usher_result_error(const usher_result *result);
    const char *usher_result_token(const usher_result *result);
    void usher_result_free(usher_result *result);
', getenv('USHER_LIBRARY') ?: 'libusher.so.0');

[, $directory, $user, $password] = $argv;
$path = FFI::new('char[' . (strlen($directory) + 1) . ']');
FFI::memcpy($path, $directory . "\0", strlen($directory) + 1);
$options = $usher->new('usher_options');
$options->size = FFI::sizeof($options);
$options->development = FFI::cast('char *', FFI::addr($path));
$client = $usher->usher_open(FFI::addr($options));

$result = $usher->usher_wait(
    $usher->usher_call_login($client, $user, $password, strlen($password), null, null, 0, 0));
$error = $usher->usher_result_error($result);
if ($error !== null) {
    fwrite(STDERR, FFI::string($error->text) . "\n");
    exit(1);
}
$text = $usher->usher_result_token($result);
$token = is_string($text) ? $text : FFI::string($text);
$usher->usher_result_free($result);
echo "token $token\n";

// The name of whoever the token proves; null for nobody. Throws while the daemon cannot tell: the session may live.
function who($usher, $client, string $token): ?string
{
    $failure = $usher->new('usher_result *');
    $session = $usher->usher_validate($client, $token, 1, FFI::addr($failure));
    if (!FFI::isNull($failure)) {
        $text = FFI::string($usher->usher_result_error($failure)->text);
        $usher->usher_result_free($failure);
        throw new RuntimeException($text);
    }
    if ($session === null) {
        return null;
    }
    $user = $usher->usher_session_info_of($session)->user;
    $user = is_string($user) ? $user : FFI::string($user);
    $usher->usher_session_free($session);
    return $user;
}

echo 'valid ', who($usher, $client, $token), "\n";
while (who($usher, $client, $token) !== null) {
    usleep(10000);
}
echo "revoked\n";
$usher->usher_close($client);
