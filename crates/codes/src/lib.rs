//! Floor 0: identifiers, national codes, time, money, text normal forms, masks, field cryptography types.
