//! The policies of those who call: as many as one may have, such as teams write them.

/// Whose parameters a policy is about. The benches' own come last: only the last statement of the last
/// policy allows what is asked here.
const TEAMS: [&str; 10] = [
    "accounts", "billing", "delivery", "frontend", "mobile", "payments", "platform", "search", "shipping",
    "bench",
];
/// Twenty statements about a dozen services, some with conditions and variables; `TEAM` is the team.
const STATEMENTS: &str = include_str!("policy.json");
/// How many statements there are in all.
pub(crate) const COUNT: usize = TEAMS.len() * 20;

/// Names and documents, in the order of their names.
pub(crate) fn all() -> impl Iterator<Item = (String, String)> {
    TEAMS.iter().enumerate().map(|(number, team)| {
        let document: Vec<_> = STATEMENTS.lines().map(str::trim).collect();
        (format!("bench-{number}"), document.concat().replace("TEAM", team))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_are_as_many_as_is_said() {
        let effects = all().map(|(_, document)| document.matches("\"Effect\"").count());
        assert_eq!(effects.sum::<usize>(), COUNT);
    }
}
