// SPDX-License-Identifier: Apache-2.0
#include "components/fs/fat/names.hpp"

#include <algorithm>
#include <optional>

#include "components/fs/fat/unicode.hpp"
#include "components/fs/try.hpp"

namespace tessera::fs::fat {

namespace {

constexpr std::size_t kMostBytes = 255;
// Where the 13 characters of a part lie.
constexpr std::array<std::size_t, entry::kUnits> kPlaces{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

constexpr bool lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr char to_lower(char c) { return upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr char to_upper(char c) { return lower(c) ? static_cast<char>(c - ('a' - 'A')) : c; }
constexpr bool control(char c) { return static_cast<unsigned char>(c) < 0x20; }
// Characters of long names that are none of short ones.
bool only_long(char c) { return std::string_view("+,;=[] .").contains(c) || static_cast<unsigned char>(c) >= 0x80; }
bool forbidden(char c) { return control(c) || std::string_view("*?<>|\":/\\").contains(c); }

// A part of a short name, blank-padded, as a text.
void add_part(Text& to, std::span<const char> part, bool lower_case) {
  std::size_t end = part.size();
  while (end > 0 && part[end - 1] == ' ') --end;
  for (const char c : part.first(end)) {
    if (control(c) || c == '/') to.add('_');
    else if (static_cast<unsigned char>(c) >= 0x80) add_437(to, static_cast<unsigned char>(c));
    else to.add(lower_case ? to_lower(c) : c);
  }
}

struct PartCase {
  bool lower = false, upper = false;
};
PartCase case_of(std::string_view part) { return {.lower = std::ranges::any_of(part, lower), .upper = std::ranges::any_of(part, upper)}; }

// A name that fits into a short entry, but perhaps for its case.
std::optional<ShortName> as_short(std::string_view base, std::string_view extension) {
  if (base.empty() || base.size() > entry::kBaseBytes || extension.size() > entry::kNameBytes - entry::kBaseBytes) return std::nullopt;
  if (std::ranges::any_of(base, only_long) || std::ranges::any_of(extension, only_long)) return std::nullopt;
  ShortName name;
  name.fill(' ');
  std::ranges::transform(base, name.begin(), to_upper);
  std::ranges::transform(extension, std::span(name).subspan(entry::kBaseBytes).begin(), to_upper);
  return name;
}

// What of a long name a short one begins with.
ShortName shortened(std::string_view base, std::string_view extension) {
  ShortName name;
  name.fill(' ');
  const auto fill = [](std::span<char> to, std::string_view from) {
    std::size_t used = 0;
    for (const char c : from) {
      if (used == to.size()) break;
      if (c == ' ' || c == '.' || (static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
      to[used++] = only_long(c) ? '_' : to_upper(c);
    }
    return used;
  };
  if (fill(std::span(name).first(entry::kBaseBytes), base) == 0) name.front() = '_';
  (void)fill(std::span(name).subspan(entry::kBaseBytes), extension);
  return name;
}

}  // namespace

std::uint8_t checksum(const ShortName& name) {
  std::uint8_t sum = 0;
  for (const char c : name) sum = static_cast<std::uint8_t>((sum << 7 | sum >> 1) + static_cast<unsigned char>(c));
  return sum;
}

ShortName short_name_of(Bytes slot) {
  ShortName name;
  copy(std::as_writable_bytes(std::span(name)), slot.first(entry::kNameBytes));
  return name;
}

Text text_of(Bytes slot) {
  ShortName name = short_name_of(slot);
  if (name.front() == entry::kReallyE5) name.front() = static_cast<char>(entry::kDeleted);
  const std::uint8_t bits = get8(slot, entry::kCase);
  Text text;
  add_part(text, std::span(name).first(entry::kBaseBytes), (bits & entry::kLowerBase) != 0);
  Text extension;
  add_part(extension, std::span(name).subspan(entry::kBaseBytes), (bits & entry::kLowerExtension) != 0);
  if (!extension.empty()) {
    text.add('.');
    text.add(extension);
  }
  return text.empty() ? Text("_") : text;
}

std::string_view without_dots(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char one, char other) { return to_lower(one) == to_lower(other); });
}

Result<NewName> new_name(std::string_view text) {
  text = without_dots(text);
  if (text.empty()) return fail(Error::not_found);
  if (text.size() > kMostBytes) return fail(Error::name_too_long);
  if (text.ends_with(' ') || std::ranges::any_of(text, forbidden)) return fail(Error::invalid);
  auto units = to_utf16(text);
  if (!units) return fail(Error::invalid);
  NewName name;
  name.text = Text(text);
  const std::size_t dot = text.rfind('.');
  const std::string_view base = text.substr(0, dot), extension = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
  if (const auto fits = as_short(base, extension)) {
    name.short_name = *fits;
    const PartCase first = case_of(base), second = case_of(extension);
    if (!(first.lower && first.upper) && !(second.lower && second.upper)) {
      name.case_bits = static_cast<std::uint8_t>((first.lower ? entry::kLowerBase : 0) | (second.lower ? entry::kLowerExtension : 0));
      return name;
    }
  } else {
    const std::string_view front = text.substr(std::min(text.find_first_not_of('.'), text.size()));
    const std::size_t last = front.rfind('.');
    name.short_name = shortened(front.substr(0, last), last == std::string_view::npos ? std::string_view{} : front.substr(last + 1));
    name.numbered = true;
  }
  name.units = std::move(*units);
  return name;
}

ShortName numbered(const ShortName& name, std::uint32_t number) {
  std::array<char, entry::kBaseBytes> digits{};
  std::size_t first = digits.size();
  for (; number != 0 && first > 1; number /= 10) digits.at(--first) = static_cast<char>('0' + number % 10);
  digits.at(--first) = '~';
  const auto tail = std::span(digits).subspan(first);
  std::size_t used = 0;
  while (used < entry::kBaseBytes && name.at(used) != ' ') ++used;
  ShortName result = name;
  const std::size_t at = std::min(used, entry::kBaseBytes - tail.size());
  std::ranges::copy(tail, std::span(result).subspan(at).begin());
  return result;
}

void put_part(Room slot, const NewName& name, std::uint32_t order, std::uint8_t sum) {
  clear(slot);
  put8(slot, entry::kOrder, order | (order == name.parts() ? entry::kLast : 0u));
  put8(slot, entry::kAttributes, entry::kLongName);
  put8(slot, entry::kChecksum, sum);
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    const std::size_t at = (order - 1) * entry::kUnits + i;
    // One 0 ends it where there is room, and ones follow.
    put16(slot, kPlaces.at(i), at < name.units.size() ? name.units[at] : at == name.units.size() ? char16_t{0} : char16_t{0xffff});
  }
}

void LongName::add(Bytes slot) {
  const std::uint8_t order = get8(slot, entry::kOrder);
  if ((order & entry::kLast) != 0) {
    expected_ = parts_ = order & entry::kOrderMask;
    checksum_ = get8(slot, entry::kChecksum);
    whole_ = false;
    if (parts_ == 0 || parts_ > entry::kMostParts) return forget();
  }
  if (expected_ == 0 || (order & entry::kOrderMask) != expected_ || get8(slot, entry::kChecksum) != checksum_ || get8(slot, entry::kType) != 0 ||
      ((order & entry::kLast) == 0 && expected_ == parts_))
    return forget();
  --expected_;
  for (std::size_t i = 0; i < kPlaces.size(); ++i) units_.at(expected_ * entry::kUnits + i) = get16(slot, kPlaces.at(i));
  whole_ = expected_ == 0;
}

Text LongName::take(const ShortName& of) {
  if (!whole_ || checksum(of) != checksum_) {
    forget();
    return {};
  }
  const auto all = std::span<const char16_t>(units_).first(parts_ * entry::kUnits);
  const auto end = std::ranges::find(all, char16_t{0});
  const auto text = to_utf8(all.first(std::min<std::size_t>(static_cast<std::size_t>(end - all.begin()), entry::kMostUnits)));
  if (!text) return {};
  // What could not be asked for by its name is known by its short one.
  const std::string_view name = *text;
  if (name.empty() || name.size() > kMostBytes || name == "." || name == ".." || std::ranges::any_of(name, forbidden)) return {};
  return *text;
}

}  // namespace tessera::fs::fat
