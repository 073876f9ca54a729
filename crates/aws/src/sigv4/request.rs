/// A request as it came over the wire: nothing decoded, nothing normalized.
///
/// Signatures are over raw bytes; a path or query that was parsed and printed again may differ.
#[derive(Debug)]
pub struct HttpRequest<'a, H: ?Sized> {
    /// Such as `POST`; case matters.
    pub method: &'a str,
    /// The path with its percent signs, without the query.
    pub path: &'a str,
    /// The query without its `?`; empty when there is none.
    pub query: &'a str,
    /// The headers, `host` among them: on HTTP/2 that is the `:authority`.
    pub headers: &'a H,
    /// The whole body, as received.
    pub body: &'a [u8],
}

impl<H: ?Sized> Clone for HttpRequest<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H: ?Sized> Copy for HttpRequest<'_, H> {}

/// Headers, whatever map keeps them.
pub trait Headers {
    /// The values of the header `name`, which is in lower case, in order of arrival.
    fn values<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]>;

    /// The names, in lower case; one may come more than once.
    fn names(&self) -> impl Iterator<Item = &str>;
}

/// A plain list of lower-case names and values.
impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn values<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.iter()
            .filter(move |(found, _)| found.as_ref() == name)
            .map(|(_, value)| value.as_ref())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name.as_ref())
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn values<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.as_slice().values(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.as_slice().names()
    }
}

/// Looks for the header `name`; `Err` when it comes more than once.
pub(super) fn single<'h, H: Headers + ?Sized>(
    headers: &'h H,
    name: &str,
) -> Result<Option<&'h [u8]>, Repeated> {
    let mut values = headers.values(name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(Repeated),
    }
}

/// A header or parameter that must stand alone came more than once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeated;
