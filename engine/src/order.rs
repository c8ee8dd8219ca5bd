//! Order. Each type that the standard library sorts, or collects into a tree, by itself adds some five kilobytes to the worker;
//! here one routine sorts numbers for all.

use std::collections::BTreeMap;

/// Positions in ascending order of their keys; equal ones stay in theirs.
pub(crate) fn ascending(keys: impl IntoIterator<Item = u128>) -> Vec<usize> {
    let mut order: Vec<(u128, usize)> = keys.into_iter().zip(0..).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, position)| position).collect()
}

/// The same, the largest key first.
pub(crate) fn descending(keys: impl IntoIterator<Item = u128>) -> Vec<usize> {
    ascending(keys.into_iter().map(|key| !key))
}

/// The items in ascending order of their keys; equal ones stay in theirs.
pub(crate) fn sorted<T>(items: Vec<T>, key: impl Fn(&T) -> u128) -> Vec<T> {
    let order = ascending(items.iter().map(key));
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(|position| items[position].take()).collect()
}

/// A key that orders numbers as [`f64::total_cmp`] does.
pub(crate) fn key(x: f64) -> u128 {
    let bits = x.to_bits();
    u128::from(if x.is_sign_negative() { !bits } else { bits | 1 << 63 })
}

/// Pairs as a map; of equal keys the last one counts.
pub(crate) fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// Where each name stands; of equal ones the last.
pub(crate) fn places<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    map(names.into_iter().zip(0..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_keep_their_order() {
        assert_eq!(ascending([3, 1, 3, 0]), [3, 1, 0, 2]);
        assert_eq!(descending([3, 1, 3, 0]), [0, 2, 1, 3]);
        assert_eq!(sorted(vec!["bb", "a", "cc", ""], |text| text.len() as u128), ["", "a", "bb", "cc"]);
    }

    #[test]
    fn numbers_are_ordered_as_the_standard_library_does() {
        let numbers = [f64::NAN, -0.0, 0.0, 1.5, -1.5, f64::INFINITY, f64::NEG_INFINITY, -f64::NAN, 5e-324];
        let mut expected = numbers;
        expected.sort_by(f64::total_cmp);
        let found = ascending(numbers.map(key)).into_iter().map(|i| numbers[i].to_bits());
        assert!(found.eq(expected.map(f64::to_bits)));
    }
}
