// SPDX-License-Identifier: Apache-2.0
// The first stack, read back as a program's start-up code would.
#include <cstring>
#include <map>
#include <span>
#include <string>

#include "components/linux/exec/stack_image.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

class Reader {
 public:
  Reader(const StackImage& image, std::uint64_t top) : image_(image), top_(top) {}
  [[nodiscard]] std::uint64_t word(std::uint64_t address) const {
    std::uint64_t value = 0;
    std::memcpy(&value, at(address).first(8).data(), 8);
    return value;
  }
  [[nodiscard]] std::string text(std::uint64_t address) const {
    std::string out;
    for (const std::byte byte : at(address)) {
      if (byte == std::byte{0}) return out;
      out += static_cast<char>(byte);
    }
    return "unterminated";
  }

 private:
  [[nodiscard]] std::span<const std::byte> at(std::uint64_t address) const {
    CHECK(address >= image_.stack_pointer && address < top_);
    return std::span(image_.bytes).subspan(static_cast<std::size_t>(address - image_.stack_pointer));
  }
  const StackImage& image_;
  std::uint64_t top_;
};

void round_trip(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  Strings argument_strings, environment_strings;
  for (const auto& text : arguments) argument_strings.add(text);
  for (const auto& text : environment) environment_strings.add(text);
  StackRequest request;
  request.top = 0x7fff'0000'0000;
  request.arguments = &argument_strings;
  request.environment = &environment_strings;
  request.program_name = "/bin/program";
  request.platform = "x86_64";
  request.random.fill(std::byte{0x5a});
  request.auxiliary = {{Auxiliary::page_bytes, 4096}, {Auxiliary::entry, 0x401000}};
  const StackImage image = build_stack(request);
  CHECK(image.stack_pointer % 16 == 0 && image.stack_pointer + image.bytes.size() == request.top);
  const Reader stack(image, request.top);
  std::uint64_t at = image.stack_pointer;
  CHECK(stack.word(at) == arguments.size());
  for (const auto& text : arguments) CHECK(stack.text(stack.word(at += 8)) == text);
  CHECK(stack.word(at += 8) == 0);
  for (const auto& text : environment) CHECK(stack.text(stack.word(at += 8)) == text);
  CHECK(stack.word(at += 8) == 0);
  std::map<std::uint64_t, std::uint64_t> auxiliary;
  for (at += 8; stack.word(at) != 0; at += 16) auxiliary[stack.word(at)] = stack.word(at + 8);
  CHECK(auxiliary[6] == 4096 && auxiliary[9] == 0x401000);
  CHECK(stack.text(auxiliary[31]) == "/bin/program" && stack.text(auxiliary[15]) == "x86_64");
  CHECK(stack.word(auxiliary[25]) == 0x5a5a'5a5a'5a5a'5a5a);
  if (!arguments.empty()) CHECK(stack.text(image.argument_start) == arguments.front());
  CHECK(image.argument_end == image.environment_start);
}

void strings() {
  Strings list;
  list.add("sh");
  list.add("-c");
  list.remove_first();
  list.prepend("/script");
  list.prepend("/bin/sh");
  CHECK(list.count() == 3 && list.bytes() == std::string_view("/bin/sh\0/script\0-c\0", 19));
}

}  // namespace

void stack_image_tests() {
  strings();
  round_trip({"a"}, {});
  round_trip({"sh", "-c", "echo hello"}, {"PATH=/bin", "", "HOME=/"});
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> arguments(random.below(20)), environment(random.below(20));
    for (auto* list : {&arguments, &environment})
      for (auto& text : *list) text.assign(static_cast<std::size_t>(random.below(100)), 'x');
    round_trip(arguments, environment);
  }
}

}  // namespace tessera::lx::test
