/// One file of the configuration. Lists of files are in the order in which they count.
package struct ConfigurationFile: Hashable, Sendable {
    /// How errors call it.
    package var name: String
    /// What is in it.
    package var text: String

    /// A file by its name and content.
    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
