/// Importing `UsherWeb` shows the values of `UsherWebCore` too, with and without the trait `Web`.
@_exported public import UsherWebCore
