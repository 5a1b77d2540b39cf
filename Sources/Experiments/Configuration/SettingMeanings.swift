let settingMeanings: [String: String] = [:]
