use std::fmt;

/// A version as the peers compare it: four integers.
///
/// The plugin takes an agent whose version is anything else for an ancient one: no multiplexed ports, no
/// way to end a session. So does [`Version::parse`], by `None`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version(pub [u32; 4]);

impl Version {
    /// What our agent says that it is: new enough for everything that the plugin asks about.
    pub const AGENT: Version = Version([3, 3, 1000, 0]);
    /// What our client says that it is: new enough for the AWS CLI not to warn, and for the agent to
    /// multiplex without keepalives.
    pub const CLIENT: Version = Version([1, 2, 814, 0]);

    /// Reads a version of exactly four integers.
    pub fn parse(text: &str) -> Option<Version> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let version = [parts.next()??, parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(Version(version))
    }

    /// Whether an agent of this version multiplexes ports, from the client's point of view.
    pub fn agent_multiplexes(self) -> bool {
        self > Version([3, 0, 196, 0])
    }

    /// Whether an agent of this version keeps a multiplexed connection without keepalives.
    pub fn agent_needs_no_keepalive(self) -> bool {
        self > Version([3, 1, 1511, 0])
    }

    /// Whether an agent of this version understands the flag that ends a session.
    pub fn agent_knows_terminate(self) -> bool {
        self > Version([2, 3, 722, 0])
    }

    /// Whether a client of this version multiplexes ports, from the agent's point of view.
    pub fn client_multiplexes(self) -> bool {
        self >= Version([1, 1, 70, 0])
    }

    /// Whether a client of this version keeps a multiplexed connection without keepalives.
    pub fn client_needs_no_keepalive(self) -> bool {
        self > Version([1, 2, 331, 0])
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch, build] = self.0;
        write!(f, "{major}.{minor}.{patch}.{build}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_integers_count() {
        assert_eq!(Version::parse("3.3.1000.0"), Some(Version::AGENT));
        for text in ["", "3.3.1000", "3.3.1000.0.1", "3.3.1000.x", "3.3.1000.-1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_gates_are_strict_where_the_plugins_are() {
        assert!(!Version([3, 0, 196, 0]).agent_multiplexes());
        assert!(Version([3, 0, 196, 1]).agent_multiplexes());
        assert!(Version([1, 1, 70, 0]).client_multiplexes());
        assert!(!Version([1, 2, 331, 0]).client_needs_no_keepalive());
        assert!(!Version([3, 1, 1511, 0]).agent_needs_no_keepalive());
        assert!(!Version([2, 3, 722, 0]).agent_knows_terminate());
        let (agent, client) = (Version::AGENT, Version::CLIENT);
        assert!(
            agent.agent_multiplexes() && agent.agent_needs_no_keepalive() && agent.agent_knows_terminate()
        );
        assert!(client.client_multiplexes() && client.client_needs_no_keepalive());
        assert!(client >= Version([1, 2, 764, 0]), "the AWS CLI would warn");
    }
}
