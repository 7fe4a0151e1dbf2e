// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/stack_image.hpp"

#include <cstring>
#include <span>

namespace tessera::lx {

namespace {

// Writes upwards into the image; addresses follow along.
class Writer {
 public:
  Writer(std::span<std::byte> bytes, std::uint64_t address) : bytes_(bytes), address_(address) {}
  [[nodiscard]] std::uint64_t address() const { return address_ + position_; }
  void word(std::uint64_t value) {
    std::memcpy(bytes_.subspan(position_, sizeof value).data(), &value, sizeof value);
    position_ += sizeof value;
  }
  void text(std::string_view text) {
    if (!text.empty()) std::memcpy(bytes_.subspan(position_, text.size()).data(), text.data(), text.size());
    position_ += text.size();
  }
  void raw(std::span<const std::byte> raw) {
    std::memcpy(bytes_.subspan(position_, raw.size()).data(), raw.data(), raw.size());
    position_ += raw.size();
  }
  void move_to(std::uint64_t address) { position_ = static_cast<std::size_t>(address - address_); }

 private:
  std::span<std::byte> bytes_;
  std::uint64_t address_;
  std::size_t position_ = 0;
};

void pointers(Writer& writer, const Strings& strings, std::uint64_t address) {
  std::string_view rest = strings.bytes();
  for (std::size_t i = 0; i < strings.count(); ++i) {
    writer.word(address);
    const std::size_t bytes = rest.find('\0') + 1;
    rest.remove_prefix(bytes);
    address += bytes;
  }
  writer.word(0);
}

}  // namespace

StackImage build_stack(const StackRequest& request) {
  const Strings& arguments = *request.arguments;
  const Strings& environment = *request.environment;
  // From the top down: eight zero bytes, program name, environment, arguments,
  // platform, random bytes; below them, aligned, the words.
  StackImage image;
  const std::uint64_t name = request.top - 8 - (request.program_name.size() + 1);
  image.environment_end = name;
  image.environment_start = name - environment.bytes().size();
  image.argument_end = image.environment_start;
  image.argument_start = image.argument_end - arguments.bytes().size();
  const std::uint64_t platform = image.argument_start - (request.platform.size() + 1);
  const std::uint64_t random = (platform - request.random.size()) & ~std::uint64_t{15};
  const std::size_t own_entries = 4;  // random, platform, program name, end
  const std::size_t words = 1 + arguments.count() + 1 + environment.count() + 1 +
                            2 * (request.auxiliary.size() + own_entries);
  image.stack_pointer = (random - words * sizeof(std::uint64_t)) & ~std::uint64_t{15};
  image.bytes.resize(static_cast<std::size_t>(request.top - image.stack_pointer));

  Writer writer(image.bytes, image.stack_pointer);
  writer.word(arguments.count());
  pointers(writer, arguments, image.argument_start);
  pointers(writer, environment, image.environment_start);
  const auto auxiliary = [&writer](Auxiliary type, std::uint64_t value) {
    writer.word(static_cast<std::uint64_t>(type));
    writer.word(value);
  };
  image.auxiliary_at = static_cast<std::size_t>(writer.address() - image.stack_pointer);
  for (const auto& [type, value] : request.auxiliary) auxiliary(type, value);
  auxiliary(Auxiliary::random, random);
  auxiliary(Auxiliary::platform, platform);
  auxiliary(Auxiliary::program_name, name);
  auxiliary(Auxiliary::end, 0);
  image.auxiliary_bytes = static_cast<std::size_t>(writer.address() - image.stack_pointer) - image.auxiliary_at;
  writer.move_to(random);
  writer.raw(request.random);
  writer.move_to(platform);
  writer.text(request.platform);
  writer.move_to(image.argument_start);
  writer.text(arguments.bytes());
  writer.move_to(image.environment_start);
  writer.text(environment.bytes());
  writer.move_to(name);
  writer.text(request.program_name);
  return image;
}

}  // namespace tessera::lx
