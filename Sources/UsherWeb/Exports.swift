/// Whoever imports `UsherWeb` sees the values of the byte core too, with and without the trait `Web`.
@_exported public import UsherWebCore
