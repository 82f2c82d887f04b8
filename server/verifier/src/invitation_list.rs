use std::collections::BTreeSet;

use csv::{ReaderBuilder, Trim};
use domain::{EmailAddress, Name, Role, Timestamp};

use crate::{InviteVerdict, NewUser};

/// The most people that one list invites.
pub const MOST_INVITATIONS: usize = 500;

/// A line of a list that invites nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Which, from 1, as an editor counts.
    pub number: u32,
    /// What is on it.
    pub text: String,
    /// Why it invites nobody.
    pub why: BadLineReason,
}

/// Why a line of a list invites nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLineReason {
    /// There is no address where one belongs.
    NoAddress,
    /// What should be an address is none.
    BadAddress,
    /// What should be a name is none: too long, unprintable, another address, or a quotation that does not end.
    BadName,
    /// What should be a role is none.
    BadRole,
    /// An earlier line has the same address.
    Twice,
    /// There are [`MOST_INVITATIONS`] lines before it. It and all after it were not read.
    TooMany {
        /// How many lines that are.
        lines: u32,
    },
}

/// People who are to be invited, line by line: looked at first, and invited when their admin says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvitationList {
    lines: Vec<ListLine>,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListLine {
    /// It invites nobody.
    Bad(BadLine),
    /// It invites somebody.
    Person {
        /// Whom.
        new: NewUser,
        /// What will become of it, or what became.
        fate: LineFate,
    },
}

/// What will become of an invitation, or what became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFate {
    /// It is made when the list is sent.
    Ready,
    /// It will not be made: somebody of the account signs in with that address.
    Here,
    /// It is on its way.
    Invited,
    /// It was not made: somebody signs in with that address.
    EmailTaken,
    /// It was not made: that address was mailed as many as it may.
    Wait {
        /// When it may be mailed another.
        until: Timestamp,
    },
}

impl InvitationList {
    /// A list that was read. Whoever is `here` already will not be invited.
    #[must_use]
    pub fn of(read: Vec<Result<NewUser, BadLine>>, here: &BTreeSet<EmailAddress>) -> Self {
        let line = |person: Result<NewUser, BadLine>| match person {
            Ok(new) => {
                let fate = if here.contains(&new.email) { LineFate::Here } else { LineFate::Ready };
                ListLine::Person { new, fate }
            }
            Err(bad) => ListLine::Bad(bad),
        };
        Self { lines: read.into_iter().map(line).collect() }
    }

    /// The lines, in their order.
    #[must_use]
    pub fn lines(&self) -> &[ListLine] {
        &self.lines
    }

    /// Those who are invited when it is sent.
    pub fn ready(&self) -> impl Iterator<Item = &NewUser> {
        self.people().filter(|(_, fate)| *fate == LineFate::Ready).map(|(new, _)| new)
    }

    /// How many were invited.
    #[must_use]
    pub fn invited(&self) -> usize {
        self.people().filter(|(_, fate)| *fate == LineFate::Invited).count()
    }

    /// Whether it was sent, be it not to its end.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.people().any(|(_, fate)| !matches!(fate, LineFate::Ready | LineFate::Here))
    }

    /// How many lines are not those of somebody who is or will be invited, with those that were not read.
    #[must_use]
    pub fn left_out(&self) -> usize {
        let left_out = |line: &ListLine| match line {
            ListLine::Bad(BadLine { why: BadLineReason::TooMany { lines }, .. }) => {
                usize::try_from(*lines).unwrap_or(usize::MAX)
            }
            ListLine::Person { fate: LineFate::Ready | LineFate::Invited, .. } => 0,
            ListLine::Bad(_) | ListLine::Person { .. } => 1,
        };
        self.lines.iter().map(left_out).sum()
    }

    /// Notes what became of somebody's invitation.
    pub fn settle(&mut self, asked: &NewUser, verdict: &InviteVerdict) {
        for line in &mut self.lines {
            if let ListLine::Person { new, fate: fate @ LineFate::Ready } = line
                && new == asked
            {
                *fate = match verdict {
                    InviteVerdict::Invited { .. } => LineFate::Invited,
                    InviteVerdict::EmailTaken => LineFate::EmailTaken,
                    InviteVerdict::Wait { until } => LineFate::Wait { until: *until },
                };
            }
        }
    }

    fn people(&self) -> impl Iterator<Item = (&NewUser, LineFate)> {
        self.lines.iter().filter_map(|line| match line {
            ListLine::Person { new, fate } => Some((new, *fate)),
            ListLine::Bad(_) => None,
        })
    }
}

/// Where a line that is no header has what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Columns {
    name: Option<usize>,
    email: Option<usize>,
    role: Option<usize>,
}

/// A line in its three parts, as they were typed.
#[derive(Debug, Default)]
struct Parts {
    name: String,
    email: String,
    role: String,
}

/// Reads who is to be invited, one person a line: an address, `Name <address>`, or columns parted by tabs, semicolons or
/// commas, with quotations as in RFC 4180. A header says which column is which and may name others, which are passed
/// over; without one the name and the address are the first two, in either order, and the role is the third. Blank lines
/// are passed over. Whose name is missing is called as their address says, and who has no role is a member.
#[must_use]
pub fn parse_invitations(text: &str) -> Vec<Result<NewUser, BadLine>> {
    // What Excel puts before everything else.
    let text = unified(text.trim_start_matches('\u{feff}'));
    // A comma or semicolon at the end is what mail programs put between addresses.
    let is_padding = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let lines = (1_u32..).zip(text.lines()).map(|(number, line)| (number, line.trim_end_matches(is_padding)));
    let mut lines = lines.filter(|(_, line)| !line.trim_matches(is_padding).is_empty()).peekable();
    let header = lines.peek().and_then(|(_, line)| Columns::of_header(line));
    if header.is_some() {
        lines.next();
    }
    let (mut seen, mut people) = (BTreeSet::new(), Vec::new());
    while let Some((number, line)) = lines.next() {
        let bad = |why| BadLine { number, text: line.trim().into(), why };
        if people.len() == MOST_INVITATIONS {
            let more = u32::try_from(lines.count()).unwrap_or(u32::MAX);
            people.push(Err(bad(BadLineReason::TooMany { lines: more.saturating_add(1) })));
            break;
        }
        let person = read(line, header)
            .and_then(|new| if seen.insert(new.email.clone()) { Ok(new) } else { Err(BadLineReason::Twice) });
        people.push(person.map_err(bad));
    }
    people
}

/// The text with one kind of line break.
fn unified(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn read(line: &str, header: Option<Columns>) -> Result<NewUser, BadLineReason> {
    let Parts { name, email, role } = Parts::of(line, header)?;
    if email.is_empty() {
        return Err(BadLineReason::NoAddress);
    }
    let email: EmailAddress = email.parse().map_err(|_| BadLineReason::BadAddress)?;
    let name = if name.is_empty() { name_in(&email) } else { name };
    // An address is no name, and who has two on one line has forgotten to begin another.
    if name.contains(['<', '>']) || name.parse::<EmailAddress>().is_ok() {
        return Err(BadLineReason::BadName);
    }
    let name: Name = name.parse().map_err(|_| BadLineReason::BadName)?;
    Ok(NewUser { name, email, role: role_named(&role).ok_or(BadLineReason::BadRole)? })
}

impl Columns {
    /// What a line says if it is a header: one that names a column of addresses, and has none.
    fn of_header(line: &str) -> Option<Self> {
        let fields = fields_of(line);
        let place =
            |words: &[&str]| fields.iter().position(|field| words.iter().any(|word| field.eq_ignore_ascii_case(word)));
        let email = place(&["email", "e-mail", "mail", "email address", "e-mail address"])?;
        Some(Self { name: place(&["name", "full name"]), email: Some(email), role: place(&["role"]) })
    }

    /// Where a line without a header has what.
    fn of_line(fields: &[String]) -> Self {
        let email = fields.iter().take(2).position(|field| field.contains('@'));
        Self { name: email.map(|email| 1 - email), email, role: Some(2) }
    }
}

impl Parts {
    fn of(line: &str, header: Option<Columns>) -> Result<Self, BadLineReason> {
        // A quotation goes on in the next line, where a name can't.
        if line.matches('"').count() % 2 == 1 {
            return Err(BadLineReason::BadName);
        }
        if let Some((name, email)) = line.strip_suffix('>').and_then(|line| line.rsplit_once('<')) {
            return Ok(Self { name: unquoted(name.trim()), email: email.trim().into(), role: String::new() });
        }
        let fields = fields_of(line);
        let Columns { name, email, role } = header.unwrap_or_else(|| Columns::of_line(&fields));
        let field = |place: Option<usize>| place.and_then(|nth| fields.get(nth)).cloned().unwrap_or_default();
        Ok(Self { name: field(name), email: field(email), role: field(role) })
    }
}

/// The columns of a line, without the blanks around them.
fn fields_of(line: &str) -> Vec<String> {
    // A comma may be part of a name that is parted from the rest by something else.
    let delimiter = [b'\t', b';'].into_iter().find(|delimiter| parts(line, *delimiter)).unwrap_or(b',');
    let mut reader = ReaderBuilder::new();
    reader.has_headers(false).flexible(true).delimiter(delimiter).trim(Trim::All);
    let record = reader.from_reader(line.as_bytes()).into_records().next().and_then(Result::ok);
    record.iter().flat_map(|record| record.iter()).map(String::from).collect()
}

/// Whether a line has this delimiter outside quotations.
fn parts(line: &str, delimiter: u8) -> bool {
    let outside = line.split('"').step_by(2);
    outside.flat_map(str::bytes).any(|byte| byte == delimiter)
}

/// A display name as mail programs write it, with or without quotation marks around it (RFC 5322 §3.2.4).
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\"\"", "\"").replace("\\\\", "\\"),
        None => name.into(),
    }
}

/// What somebody is called according to their address: `ada.lovelace+list@example.com` is Ada Lovelace.
fn name_in(email: &EmailAddress) -> String {
    let local = email.as_str().split('@').next().unwrap_or_default();
    let person = local.split('+').next().filter(|person| !person.is_empty()).unwrap_or(local);
    let words: Vec<_> = person.split(['.', '_']).filter(|word| !word.is_empty()).map(capitalised).collect();
    if words.is_empty() { local.into() } else { words.join(" ") }
}

fn capitalised(word: &str) -> String {
    let parts: Vec<_> = word
        .split('-')
        .map(|part| {
            let mut rest = part.chars();
            rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect::<String>()
        })
        .collect();
    parts.join("-")
}

fn role_named(text: &str) -> Option<Role> {
    match text.to_lowercase().as_str() {
        "" | "member" | "user" | "mitglied" | "benutzer" => Some(Role::Member),
        "admin" | "administrator" => Some(Role::Admin),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use BadLineReason::{BadAddress, BadName, BadRole, NoAddress, TooMany, Twice};

    fn shown(person: &Result<NewUser, BadLine>) -> Result<String, BadLineReason> {
        let role = |role| if role == Role::Admin { " (admin)" } else { "" };
        let words = |new: &NewUser| format!("{} <{}>{}", new.name, new.email, role(new.role));
        person.as_ref().map(words).map_err(|bad| bad.why)
    }

    /// What a list of one line comes to.
    fn line(text: &str) -> Result<String, BadLineReason> {
        let people = parse_invitations(text);
        assert_eq!(people.len(), 1, "{text:?}: {people:?}");
        shown(&people[0])
    }

    #[test]
    fn a_line_is_an_address_a_name_with_one_or_columns() {
        for text in [
            "ada@example.com",
            "Ada@Example.com",
            "<ada@example.com>",
            "Ada <ada@example.com>",
            "\"Ada\" <ada@example.com>",
            "Ada <ada@example.com>;",
            "  Ada, ada@example.com ",
            "ada@example.com,Ada",
            "ada@example.com;Ada;member",
            "Ada\tada@example.com\tMember",
            "\"Ada\",\"ada@example.com\",\"\"",
            "ada@example.com,,",
            "\u{feff}Ada,ada@example.com",
        ] {
            assert_eq!(line(text).as_deref(), Ok("Ada <ada@example.com>"), "{text:?}");
        }
        for text in ["Ada,ada@example.com,admin", "ada@example.com;;ADMIN", "ada@example.com\tAda\tAdmin"] {
            assert_eq!(line(text).as_deref(), Ok("Ada <ada@example.com> (admin)"), "{text:?}");
        }
    }

    #[test]
    fn what_is_quoted_is_one_column() {
        for text in [
            "\"Lovelace, Ada\",ada@example.com",
            "\"Lovelace, Ada\";ada@example.com",
            "Lovelace, Ada;ada@example.com",
            "Lovelace, Ada\tada@example.com",
            "ada@example.com,\"Lovelace, Ada\"",
            "\"Lovelace, Ada\" <ada@example.com>",
            "Lovelace, Ada <ada@example.com>",
        ] {
            assert_eq!(line(text).as_deref(), Ok("Lovelace, Ada <ada@example.com>"), "{text:?}");
        }
        for text in ["\"Ada \"\"Countess\"\" L.\",ada@example.com", "\"Ada \\\"Countess\\\" L.\" <ada@example.com>"] {
            assert_eq!(line(text).as_deref(), Ok("Ada \"Countess\" L. <ada@example.com>"), "{text:?}");
        }
        assert_eq!(line("\"a;b\",ada@example.com").as_deref(), Ok("a;b <ada@example.com>"));
    }

    #[test]
    fn who_has_no_name_is_called_as_their_address_says() {
        for (address, name) in [
            ("ada.lovelace@example.com", "Ada Lovelace"),
            ("jean-luc_picard@example.com", "Jean-Luc Picard"),
            ("ada+test@example.com", "Ada"),
            ("+@example.com", "+"),
            ("_@example.com", "_"),
            ("élodie@example.com", "Élodie"),
            ("ß.x@example.com", "SS X"),
        ] {
            assert_eq!(line(address), Ok(format!("{name} <{address}>")));
        }
    }

    #[test]
    fn a_line_that_invites_nobody_says_why() {
        for (text, why) in [
            ("Ada", NoAddress),
            ("Ada,Lovelace", NoAddress),
            ("Ada <>", NoAddress),
            ("Ada,Lovelace,ada@example.com", NoAddress),
            ("ada@example", BadAddress),
            ("Ada <ada>", BadAddress),
            ("Ada,ada @example.com", BadAddress),
            ("ada@example.com bob@example.com", BadAddress),
            ("ada@example.com,bob@example.com", BadName),
            ("Ada <ada@example.com>, Bob <bob@example.com>", BadName),
            ("\"Ada,ada@example.com", BadName),
            ("A\u{202e}da,ada@example.com", BadName),
            ("A\u{7}da,ada@example.com", BadName),
            ("Ada,ada@example.com,owner", BadRole),
            ("ada@example.com,Ada,admin@example.com", BadRole),
        ] {
            assert_eq!(line(text), Err(why), "{text:?}");
        }
        assert_eq!(line(&format!("{},ada@example.com", "x".repeat(101))), Err(BadName));
    }

    #[test]
    fn a_name_that_is_broken_over_two_lines_invites_nobody() {
        let people = parse_invitations("\"Ada\nLovelace\",ada@example.com\n");

        assert!(people.iter().all(|person| shown(person) == Err(BadName)), "{people:?}");
    }

    #[test]
    fn a_header_says_which_column_is_which_and_is_nobody() {
        for text in [
            "name,email,role\nAda,ada@example.com,admin",
            "E-Mail;Role;Name\nada@example.com;admin;Ada",
            "\u{feff}\"Role\",\"Department\",\"Email\",\"Name\"\r\nadmin,Engines,ada@example.com,Ada\r\n",
            "\n\nRole\tName\tEmail\n\nADMIN\tAda\tada@example.com\n",
        ] {
            assert_eq!(line(text).as_deref(), Ok("Ada <ada@example.com> (admin)"), "{text:?}");
        }
        let people = parse_invitations("role,email\n,ada@example.com\nadmin,bob\nadmin\nx,c@example.com");
        let people: Vec<_> = people.iter().map(shown).collect();
        assert_eq!(people, [Ok("Ada <ada@example.com>".into()), Err(BadAddress), Err(NoAddress), Err(BadRole)]);
        assert!(parse_invitations("name,email").is_empty());
    }

    #[test]
    fn lines_are_counted_as_an_editor_does_and_blank_ones_are_nobody() {
        let people =
            parse_invitations("name,email\r\n\r\nAda,ada@example.com\r\n , ;\r\nBob\rAda again,ADA@example.com\r");

        let bad = |number, text: &str, why| Err(BadLine { number, text: text.into(), why });
        assert_eq!(people.len(), 3);
        assert_eq!(people[1..], [bad(5, "Bob", NoAddress), bad(6, "Ada again,ADA@example.com", Twice)]);
        assert!(parse_invitations("").is_empty() && parse_invitations(" \n;;\n\t").is_empty());
    }

    #[test]
    fn a_role_is_said_as_the_pages_say_it() {
        for (role, shown_role) in
            [("Administrator", " (admin)"), ("Mitglied", ""), ("MEMBER", ""), ("admin", " (admin)")]
        {
            let people = parse_invitations(&format!("Ada,ada@example.com,{role}"));

            assert_eq!(shown(&people[0]), Ok(format!("Ada <ada@example.com>{shown_role}")));
        }
    }

    #[test]
    fn who_is_on_a_bad_line_may_be_on_a_good_one() {
        let people = parse_invitations("Ada,ada@example.com,owner\nAda,ada@example.com");

        assert_eq!(shown(&people[1]).as_deref(), Ok("Ada <ada@example.com>"));
    }

    #[test]
    fn five_hundred_lines_are_read_and_one_more_says_so() {
        let list = |count| (0..count).map(|number| format!("user{number}@example.com")).collect::<Vec<_>>().join("\n");

        assert!(parse_invitations(&list(MOST_INVITATIONS)).iter().all(Result::is_ok));
        let people = parse_invitations(&list(MOST_INVITATIONS + 9));
        assert_eq!(people.len(), MOST_INVITATIONS + 1);
        let Err(BadLine { number: 501, why: TooMany { lines: 9 }, .. }) = &people[500] else {
            panic!("{:?}", people[500])
        };
        let list = InvitationList::of(people, &BTreeSet::new());
        assert_eq!((list.ready().count(), list.left_out()), (MOST_INVITATIONS, 9));
    }

    fn a_list(text: &str) -> InvitationList {
        InvitationList::of(parse_invitations(text), &BTreeSet::from(["ada@example.com".parse().unwrap()]))
    }

    fn fates(list: &InvitationList) -> Vec<Result<LineFate, BadLineReason>> {
        let fate = |line: &ListLine| match line {
            ListLine::Bad(bad) => Err(bad.why),
            ListLine::Person { fate, .. } => Ok(*fate),
        };
        list.lines().iter().map(fate).collect()
    }

    #[test]
    fn who_will_be_invited_is_told_apart_from_who_will_not() {
        let list = a_list("bob@example.com\nnobody\nada@example.com\n");

        assert_eq!(fates(&list), [Ok(LineFate::Ready), Err(NoAddress), Ok(LineFate::Here)]);
        assert_eq!(list.ready().map(|new| new.email.as_str()).collect::<Vec<_>>(), ["bob@example.com"]);
        assert_eq!((list.invited(), list.left_out(), list.is_begun()), (0, 2, false));
    }

    #[test]
    fn what_was_not_decided_can_still_be_sent_and_what_was_stays_decided() {
        let mut list = a_list("bob@example.com\neve@example.com\nzoe@example.com\ndan@example.com");
        let people: Vec<_> = list.ready().cloned().collect();
        let until = Timestamp::from_seconds(7);
        let invited = || InviteVerdict::Invited { user: domain::UserId::from_random([9; 16]), link: None };

        for (new, verdict) in people.iter().zip([invited(), InviteVerdict::EmailTaken, InviteVerdict::Wait { until }]) {
            list.settle(new, &verdict);
        }
        list.settle(&people[0], &InviteVerdict::EmailTaken);
        assert!(list.is_begun());

        let decided = [LineFate::Invited, LineFate::EmailTaken, LineFate::Wait { until }, LineFate::Ready];
        assert_eq!(fates(&list), decided.map(Ok));
        assert_eq!((list.ready().collect::<Vec<_>>(), list.invited(), list.left_out()), (vec![&people[3]], 1, 2));
    }

    fn quoted(text: &str) -> String {
        format!("\"{}\"", text.replace('"', "\"\""))
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_no_address_is_invited_twice_and_each_line_is_there_once(
            text in prop_oneof![
                any::<String>(),
                "([\"<>,;\t@ \r\n\u{0}\u{feff}a-c.]|a@b\\.cd|name|email|role|admin){0,60}",
            ],
        ) {
            let people = parse_invitations(&text);

            let text = unified(&text);
            let addresses: Vec<_> = people.iter().flatten().map(|new| new.email.clone()).collect();
            prop_assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
            prop_assert!(people.len() <= text.lines().count());
            let lines: Vec<_> = people.iter().filter_map(|person| person.as_ref().err()).collect();
            prop_assert!(lines.is_sorted_by(|a, b| a.number < b.number));
            for BadLine { number, text: on_it, .. } in lines {
                prop_assert!(text.lines().nth(*number as usize - 1).is_some_and(|line| line.contains(on_it.as_str())));
            }
        }

        #[test]
        fn whatever_somebody_is_called_what_is_written_by_rfc_4180_is_read_back(
            name in "[A-Za-zÀ-ž][A-Za-zÀ-ž\"',;. ()]{0,20}",
            email in "[a-z]{1,9}@[a-z]{1,9}\\.[a-z]{2,4}",
            is_admin in any::<bool>(),
            delimiter in 0_usize..3,
            swapped in any::<bool>(),
        ) {
            let delimiter = [",", ";", "\t"][delimiter];
            let role = if is_admin { "admin" } else { "member" };
            let (name, email): (Name, EmailAddress) = (name.parse().unwrap(), email.parse().unwrap());
            let mut columns = [quoted(name.as_str()), quoted(email.as_str())];
            if swapped {
                columns.reverse();
            }

            let people = parse_invitations(&[columns[0].as_str(), columns[1].as_str(), role].join(delimiter));

            let role = if is_admin { Role::Admin } else { Role::Member };
            prop_assert_eq!(people, [Ok(NewUser { name, email, role })]);
        }
    }
}
