/// A text of the pages. `%` stands for a name, an address or a number, which is put in escaped.
package enum Phrase: Sendable, CaseIterable {
    case logIn, confirm, userName, password, goOn, logOut, loggedOut, sessions
    case youAre, foreign, stale, over, cookieMissing, loggedIn, choosePassword
    case wrong, tooMany, interrupted, changeFirst, expired, notAllowed, notChanged, tooManySessions, nobodyCan
    case newTab, newTabConfirm, forbidden, forbiddenText, asSomebodyElse, insecure, insecureText, misconfigured
    case thisOne, end, endOthers, mayBeMore, since, unknownBrowser, unreadable, unreadableText, notFound, hopMissing
    case tryAgain, error
    case resend, resendText, othersFollow

    /// The text in a language.
    package func text(_ language: Language) -> String {
        let (english, german, french, spanish) = texts
        return switch language {
        case .english: english
        case .german: german
        case .french: french
        case .spanish: spanish
        }
    }

    private var texts: (String, String, String, String) {
        switch self {
        case .logIn: ("Log in", "Anmelden", "Connexion", "Iniciar sesión")
        case .confirm:
            ("Confirm who you are", "Bestätigen Sie, wer Sie sind", "Confirmez votre identité", "Confirme su identidad")
        case .userName: ("User name", "Benutzername", "Nom d’utilisateur", "Nombre de usuario")
        case .password: ("Password", "Passwort", "Mot de passe", "Contraseña")
        case .goOn: ("Go on", "Weiter", "Continuer", "Continuar")
        case .logOut: ("Log out", "Abmelden", "Déconnexion", "Cerrar sesión")
        case .loggedOut:
            ("You are logged out", "Sie sind abgemeldet", "Vous êtes déconnecté", "Ha cerrado la sesión")
        case .sessions: ("Your sessions", "Ihre Sitzungen", "Vos sessions", "Sus sesiones")
        case .youAre: ("You are %.", "Sie sind %.", "Vous êtes %.", "Usted es %.")
        case .foreign:
            (
                "The address to go back to is not known here; the login leads to this page.",
                "Die Adresse, zu der es zurückgehen soll, ist hier nicht bekannt; die Anmeldung führt auf diese Seite.",
                "L’adresse de retour n’est pas connue ici ; la connexion mène à cette page.",
                "La dirección de regreso no se conoce aquí; la sesión lleva a esta página."
            )
        case .stale:
            (
                "The page was too old. Please try again.", "Die Seite war zu alt. Bitte versuchen Sie es noch einmal.",
                "La page était trop ancienne. Veuillez réessayer.",
                "La página era demasiado antigua. Inténtelo de nuevo."
            )
        case .over:
            (
                "That step is over. Please start again.", "Dieser Schritt ist vorbei. Bitte beginnen Sie von vorn.",
                "Cette étape est terminée. Veuillez recommencer.", "Este paso ha terminado. Empiece de nuevo."
            )
        case .cookieMissing:
            (
                "The browser has not kept the cookie of this page. Cookies must be allowed for it.",
                "Der Browser hat das Cookie dieser Seite nicht behalten. Cookies müssen für sie erlaubt sein.",
                "Le navigateur n’a pas gardé le cookie de cette page. Les cookies doivent y être autorisés.",
                "El navegador no ha guardado la cookie de esta página. Deben permitirse las cookies."
            )
        case .loggedIn: ("You are logged in", "Sie sind angemeldet", "Vous êtes connecté", "Ha iniciado sesión")
        case .choosePassword:
            (
                "Choose a new password", "Wählen Sie ein neues Passwort", "Choisissez un nouveau mot de passe",
                "Elija una contraseña nueva"
            )
        case .wrong:
            (
                "User name or password are not right.", "Benutzername oder Passwort stimmen nicht.",
                "Le nom d’utilisateur ou le mot de passe ne sont pas corrects.",
                "El nombre de usuario o la contraseña no son correctos."
            )
        case .tooMany:
            (
                "Too many attempts. Please wait % seconds before the next.",
                "Zu viele Versuche. Bitte warten Sie % Sekunden bis zum nächsten.",
                "Trop de tentatives. Attendez % secondes avant la suivante.",
                "Demasiados intentos. Espere % segundos antes del siguiente."
            )
        case .interrupted:
            (
                "That took too long or was interrupted. Please start again.",
                "Das hat zu lange gedauert oder wurde unterbrochen. Bitte beginnen Sie von vorn.",
                "Cela a pris trop de temps ou a été interrompu. Veuillez recommencer.",
                "Ha tardado demasiado o se ha interrumpido. Empiece de nuevo."
            )
        case .changeFirst:
            (
                "The password must be changed first.", "Das Passwort muss zuerst geändert werden.",
                "Le mot de passe doit d’abord être changé.", "Primero debe cambiarse la contraseña."
            )
        case .expired:
            (
                "The account has expired.", "Das Konto ist abgelaufen.", "Le compte a expiré.", "La cuenta ha caducado."
            )
        case .notAllowed:
            (
                "The account may not log in here or now.", "Das Konto darf sich hier oder jetzt nicht anmelden.",
                "Le compte ne peut pas se connecter ici ou maintenant.",
                "La cuenta no puede iniciar sesión aquí o ahora."
            )
        case .notChanged:
            (
                "The password was not changed.", "Das Passwort wurde nicht geändert.",
                "Le mot de passe n’a pas été changé.",
                "La contraseña no se ha cambiado."
            )
        case .tooManySessions:
            (
                "There are too many sessions.", "Es gibt zu viele Sitzungen.", "Il y a trop de sessions.",
                "Hay demasiadas sesiones."
            )
        case .nobodyCan:
            (
                "Nobody can log in right now. Please try again.",
                "Im Moment kann sich niemand anmelden. Bitte versuchen Sie es noch einmal.",
                "Personne ne peut se connecter pour le moment. Veuillez réessayer.",
                "Ahora mismo nadie puede iniciar sesión. Inténtelo de nuevo."
            )
        case .newTab:
            (
                "Log in in a new tab, then reload this page: the browser sends again what you have sent.",
                "Melden Sie sich in einem neuen Tab an und laden Sie dann diese Seite neu: Der Browser schickt das Gesendete noch einmal.",
                "Connectez-vous dans un nouvel onglet, puis rechargez cette page : le navigateur renvoie ce que vous avez envoyé.",
                "Inicie sesión en una pestaña nueva y recargue esta página: el navegador vuelve a enviar lo enviado."
            )
        case .newTabConfirm:
            (
                "Confirm who you are in a new tab, then reload this page.",
                "Bestätigen Sie in einem neuen Tab, wer Sie sind, und laden Sie dann diese Seite neu.",
                "Confirmez votre identité dans un nouvel onglet, puis rechargez cette page.",
                "Confirme su identidad en una pestaña nueva y recargue esta página."
            )
        case .forbidden: ("Not for you", "Nicht für Sie", "Accès refusé", "Acceso denegado")
        case .forbiddenText:
            (
                "You are %, and may not use this.", "Sie sind % und dürfen das nicht benutzen.",
                "Vous êtes % et ne pouvez pas utiliser cette page.", "Usted es % y no puede usar esto."
            )
        case .asSomebodyElse:
            (
                "Log out, to log in as somebody else", "Abmelden, um sich als jemand anderes anzumelden",
                "Se déconnecter, pour se connecter sous un autre nom",
                "Cerrar sesión, para entrar con otro nombre"
            )
        case .insecure: ("Not over http", "Nicht über http", "Pas en http", "No por http")
        case .insecureText:
            (
                "This address is served without TLS. Use https://.",
                "Diese Adresse wird ohne TLS bedient. Nehmen Sie https://.",
                "Cette adresse est servie sans TLS. Utilisez https://.",
                "Esta dirección se sirve sin TLS. Use https://."
            )
        case .misconfigured:
            (
                "The server in front is not set up for this address.",
                "Der Server davor ist für diese Adresse nicht eingerichtet.",
                "Le serveur en amont n’est pas configuré pour cette adresse.",
                "El servidor delantero no está configurado para esta dirección."
            )
        case .thisOne: ("this one", "diese hier", "celle-ci", "esta")
        case .end: ("End", "Beenden", "Terminer", "Terminar")
        case .endOthers:
            ("End all others", "Alle anderen beenden", "Terminer toutes les autres", "Terminar todas las demás")
        case .mayBeMore:
            (
                "There may be more sessions than these.", "Es kann mehr Sitzungen als diese geben.",
                "Il peut y avoir d’autres sessions.", "Puede haber más sesiones que estas."
            )
        case .since: ("since %", "seit %", "depuis %", "desde %")
        case .unknownBrowser:
            ("an unknown browser", "ein unbekannter Browser", "un navigateur inconnu", "un navegador desconocido")
        case .unreadable:
            ("That could not be read", "Das war nicht lesbar", "Illisible", "No se pudo leer")
        case .unreadableText:
            (
                "Go back and try again with other characters or less text.",
                "Gehen Sie zurück und versuchen Sie es mit anderen Zeichen oder weniger Text.",
                "Revenez en arrière et réessayez avec d’autres caractères ou moins de texte.",
                "Vuelva atrás e inténtelo con otros caracteres o menos texto."
            )
        case .notFound:
            ("There is no such page", "Diese Seite gibt es nicht", "Page introuvable", "No existe esa página")
        case .hopMissing:
            (
                "The browser did not keep the cookie of this address, or another browser began the login. Cookies must be allowed here.",
                "Der Browser hat das Cookie dieser Adresse nicht behalten, oder ein anderer Browser hat die Anmeldung begonnen. Cookies müssen hier erlaubt sein.",
                "Le navigateur n’a pas gardé le cookie de cette adresse, ou un autre navigateur a commencé la connexion. Les cookies doivent être autorisés ici.",
                "El navegador no ha guardado la cookie de esta dirección, u otro navegador inició la sesión. Deben permitirse las cookies aquí."
            )
        case .tryAgain: ("Try again", "Noch einmal versuchen", "Réessayer", "Intentar de nuevo")
        case .error: ("Error: %", "Fehler: %", "Erreur : %", "Error: %")
        case .othersFollow:
            (
                "Other servers follow within % seconds.", "Andere Server folgen innerhalb von % Sekunden.",
                "Les autres serveurs suivent dans les % secondes.", "Los demás servidores siguen en % segundos."
            )
        case .resend:
            (
                "Please send that again", "Bitte senden Sie das noch einmal", "Veuillez renvoyer cela",
                "Vuelva a enviarlo"
            )
        case .resendText:
            (
                "The page was too old, or another site has sent this. Go back, reload the page, and send it again.",
                "Die Seite war zu alt, oder eine fremde Seite hat das geschickt. Gehen Sie zurück, laden Sie die Seite neu und senden Sie es noch einmal.",
                "La page était trop ancienne, ou un autre site a envoyé ceci. Revenez en arrière, rechargez la page et renvoyez.",
                "La página era demasiado antigua, u otro sitio ha enviado esto. Vuelva atrás, recargue la página y envíelo de nuevo."
            )
        }
    }
}
