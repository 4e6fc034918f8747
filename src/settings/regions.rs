//! The countries that have telephone numbers.

/// ISO 3166-1 alpha-2 codes with a numbering plan, and the reserved AC, TA and XK: the regions of
/// Google's libphonenumber 9.0. A code outside the list would never match a number.
#[rustfmt::skip]
const REGIONS: &str = "\
    AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO \
    DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU \
    GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW \
    KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT \
    MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT \
    PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA \
    TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK \
    YE YT ZA ZM ZW";

/// Whether `code` is one of them, in upper case.
pub(super) fn is_region(code: &str) -> bool {
    REGIONS.split(' ').any(|region| region == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_codes_in_upper_case_are_regions() {
        for code in ["AC", "NG", "GB", "ZW"] {
            assert!(is_region(code), "{code}");
        }
        for code in ["", " ", "ng", "UK", "N", "NGA", "NG GH", "+234"] {
            assert!(!is_region(code), "{code}");
        }
        assert_eq!(REGIONS.split(' ').filter(|region| region.len() == 2).count(), 245);
    }
}
