// SPDX-License-Identifier: Apache-2.0
// Orders of the host, line by line: see README.md.
#include <abi/protocols/console.hpp>
#include <array>

#include "components/control/orders.hpp"
#include "lib/rt/component.hpp"
#include "lib/service/byte_link.hpp"

namespace {

using namespace tessera;

constexpr std::size_t kMostLine = 128;

class ToHost final : public control::Out {
 public:
  explicit ToHost(service::ByteLink& link) : link_(link) {}
  void write(std::string_view text) override { link_.write(text); }

 private:
  service::ByteLink& link_;
};

// One without its end; none: it was too long, and is gone.
std::optional<std::string_view> read_line(service::ByteLink& link, std::span<char> room) {
  std::size_t count = 0;
  for (;;) {
    std::array<std::byte, 1> one{};
    link.read(one);
    const auto letter = std::to_integer<char>(one.front());
    if (letter == '\n') break;
    if (count < room.size()) room[count] = letter;
    ++count;
  }
  if (count > room.size()) return std::nullopt;
  return std::string_view(room.data(), count);
}

}  // namespace

// TAG ORDER, and the answer's lines begin with the tag.
int component_main(const rt::Start& start) {
  service::ByteLink link = service::ByteLink::open(start, "link", protocol::console::kHash);
  ToHost out(link);
  start.ready();
  for (;;) {
    std::array<char, kMostLine> room;
    const auto line = read_line(link, room);
    if (!line || line->empty()) continue;
    const std::size_t space = std::min(line->find(' '), line->size());
    control::carry_out(start.info().supervisor, line->substr(0, space), line->substr(std::min(space + 1, line->size())), out);
  }
}
