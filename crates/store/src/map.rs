use foldhash::quality::RandomState;
use imbl::GenericHashMap;
use imbl::shared_ptr::DefaultSharedPtr;

/// An unordered map for the states of a [`Memory`](crate::Memory): its revisions share what they have in common.
///
/// Every request looks a dozen things up, so hashing has to be quick. It is seeded at random and not
/// cryptographic: what is in these maps was put there by callers who were allowed to, each in their account.
pub type HashMap<K, V> = GenericHashMap<K, V, RandomState, DefaultSharedPtr>;
