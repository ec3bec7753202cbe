//! Bytes to values of any type that a recording can hold: what is added to the machine is fuzzed at once.
//!
//! The values are of the kind that matters. Names come from a few, so that they meet; instants lie around one
//! another and at the edges; every token can be told from all other text.

use arbitrary::Unstructured;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

/// In every token.
pub(crate) const TOKEN: &str = "hush-";

/// When it all happens, in milliseconds since the epoch.
pub(crate) const AROUND: u64 = 1_700_000_000_000;

/// The next value. Where the bytes are used up it is the first of its kind.
pub(crate) fn value<T: DeserializeOwned>(bytes: &mut Unstructured<'_>) -> T {
    T::deserialize(Values { bytes, kind: "" }).expect("every type of the machine has values")
}

/// The next number below `bound`.
pub(crate) fn below(bytes: &mut Unstructured<'_>, bound: u64) -> u64 {
    bytes.int_in_range(0..=bound.saturating_sub(1)).unwrap_or(0)
}

struct Values<'b, 'data> {
    bytes: &'b mut Unstructured<'data>,
    /// The type or the field that the next value is for.
    kind: &'static str,
}

impl<'data> Values<'_, 'data> {
    fn of(&mut self, kind: &'static str) -> Values<'_, 'data> {
        Values { bytes: self.bytes, kind }
    }

    fn number(&mut self) -> u64 {
        let around = match self.kind {
            "Wall" | "wall" => AROUND,
            _ => 0,
        };
        let spread = match self.kind {
            "Wall" | "wall" | "Span" | "monotonic" => 4_000_000,
            _ => 6,
        };
        match below(self.bytes, 32) {
            0..=27 => around + below(self.bytes, spread),
            28 => around + below(self.bytes, 100_000_000),
            29 => 0,
            30 => u64::MAX - below(self.bytes, 3),
            _ => self.bytes.arbitrary().unwrap_or(0),
        }
    }

    fn text(&mut self) -> String {
        let number = below(self.bytes, 3);
        match self.kind {
            "Sid" => format!("s{number}"),
            "TabId" => format!("t{number}"),
            _ if number == 0 => String::new(),
            kind if kind.contains("token") => format!("{TOKEN}{number}"),
            kind => format!("{kind} {number}"),
        }
    }
}

impl<'de> de::Deserializer<'de> for Values<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("a type that does not say what it is"))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(below(self.bytes, 2) == 1)
    }

    fn deserialize_u16<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u16(u16::try_from(self.number()).unwrap_or(u16::MAX))
    }

    fn deserialize_u32<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u32(u32::try_from(self.number()).unwrap_or(u32::MAX))
    }

    fn deserialize_u64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.number())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.text())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if below(self.bytes, 3) == 0 { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self.of(name))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { values: self, left: fields })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(Variant { values: self, variants })
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 f32 f64 char bytes byte_buf seq tuple tuple_struct map identifier
        ignored_any
    }
}

struct Fields<'b, 'data> {
    values: Values<'b, 'data>,
    left: &'static [&'static str],
}

impl<'de> de::MapAccess<'de> for Fields<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((field, left)) = self.left.split_first() else { return Ok(None) };
        (self.values.kind, self.left) = (field, left);
        let field: StrDeserializer<'_, Error> = field.into_deserializer();
        seed.deserialize(field).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let kind = self.values.kind;
        seed.deserialize(self.values.of(kind))
    }
}

struct Variant<'b, 'data> {
    values: Values<'b, 'data>,
    variants: &'static [&'static str],
}

impl<'de, 'b, 'data> de::EnumAccess<'de> for Variant<'b, 'data> {
    type Error = Error;
    type Variant = Values<'b, 'data>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Values<'b, 'data>), Error> {
        let pick = below(self.values.bytes, self.variants.len() as u64);
        let name = usize::try_from(pick).ok().and_then(|pick| self.variants.get(pick)).copied();
        let name: StrDeserializer<'_, Error> = name.unwrap_or_default().into_deserializer();
        Ok((seed.deserialize(name)?, self.values))
    }
}

impl<'de> de::VariantAccess<'de> for Values<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("no variant of the machine is a tuple of several"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Fields { values: self, left: fields })
    }
}
