import UsherPAMWorker

// Started by usher-pam, one process per login; takes no options.
PAMWorker.run()
