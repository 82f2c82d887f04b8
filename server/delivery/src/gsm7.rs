//! The alphabet that texts are counted in.

/// The default alphabet (3GPP TS 23.038, 6.2.1) in the order of its codes, without the escape at 0x1B.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                     abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension (6.2.1.1): each stands behind an escape.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many septets a text takes in GSM's default alphabet, of which one message holds 160. `None`: it has a character
/// that is not in it, and travels in UCS-2.
pub(crate) fn septets(text: &str) -> Option<usize> {
    text.chars().map(|c| BASIC.contains(c).then_some(1).or_else(|| EXTENSION.contains(c).then_some(2))).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_alphabet_has_127_characters_and_ten_behind_the_escape() {
        let distinct: BTreeSet<char> = BASIC.chars().chain(EXTENSION.chars()).collect();

        assert_eq!((BASIC.chars().count(), EXTENSION.chars().count(), distinct.len()), (127, 10, 137));
    }

    #[test]
    fn the_codes_of_the_standard_are_where_it_has_them() {
        // Behind 0x1B everything stands one place earlier here.
        let at = |c: char| BASIC.chars().position(|basic| basic == c).map(|at| at + usize::from(at >= 0x1b));

        for (c, code) in [('@', 0x00), ('\n', 0x0a), ('\r', 0x0d), ('_', 0x11), ('Ξ', 0x1a), ('Æ', 0x1c), ('É', 0x1f)]
        {
            assert_eq!(at(c), Some(code), "{c:?}");
        }
        for (c, code) in [(' ', 0x20), ('¤', 0x24), ('?', 0x3f), ('¡', 0x40), ('A', 0x41), ('§', 0x5f), ('¿', 0x60)]
        {
            assert_eq!(at(c), Some(code), "{c:?}");
        }
        for (c, code) in [('a', 0x61), ('z', 0x7a), ('ä', 0x7b), ('à', 0x7f)] {
            assert_eq!(at(c), Some(code), "{c:?}");
        }
    }

    #[test]
    fn an_escaped_character_counts_twice_and_a_foreign_one_not_at_all() {
        assert_eq!(septets(""), Some(0));
        assert_eq!(septets("Grüße, Ærø!\n@#"), Some(14));
        assert_eq!(septets("[5 €]"), Some(8));
        for foreign in ["ë", "ç", "“", "…", "Ж", "😀", "e\u{301}", "`", "\t"] {
            assert_eq!(septets(&format!("abc{foreign}")), None, "{foreign:?}");
        }
    }
}
