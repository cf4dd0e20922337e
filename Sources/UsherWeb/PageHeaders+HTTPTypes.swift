#if Web
    public import HTTPTypes
    public import UsherWebCore

    extension PageHeaders {
        /// Sets the fields in those of an answer.
        public func set(in answer: inout HTTPFields) {
            for (name, value) in fields {
                if let name = HTTPField.Name(name) { answer[name] = value }
            }
        }
    }
#endif
