//! Random names for sessions and tabs, and a seed for the machine.

use super::page;

/// 128 random bits from the browser's own source, as hexadecimal.
pub(crate) fn random_id() -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut bytes = [0_u8; 16];
    fill(&mut bytes);
    let digit = |value: u8| DIGITS.get(usize::from(value & 15));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).flatten().collect()
}

/// A seed for spreading retries.
pub(crate) fn random_seed() -> u64 {
    let mut bytes = [0_u8; 8];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn fill(bytes: &mut [u8]) {
    let crypto = page::window().and_then(|window| window.crypto().ok());
    if let Some(crypto) = crypto {
        // Fails only beyond 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(bytes);
    }
}
