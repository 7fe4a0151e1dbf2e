// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "components/linux/exec/script.hpp"
#include "tests/unit/linux_process/test.hpp"

namespace tessera::lx::test {

namespace {

Result<Script> read(std::string_view text) {
  return read_script(std::as_bytes(std::span(text)).first(std::min(text.size(), kProgramHeadBytes)));
}

bool is(std::string_view text, std::string_view interpreter, std::string_view argument) {
  const auto script = read(text);
  return script && script->interpreter == interpreter && script->argument == argument;
}

}  // namespace

void script_tests() {
  CHECK(is("#!/bin/sh\necho\n", "/bin/sh", ""));
  CHECK(is("#! \t/bin/sh  \nx", "/bin/sh", ""));
  CHECK(is("#!/usr/bin/env  python3 -u \n", "/usr/bin/env", "python3 -u"));
  CHECK(is("#!/bin/sh", "/bin/sh", ""));  // the file ends with the line
  CHECK(!read("#!\n") && !read("#!   \n") && !read("#") && !read("") && !read("# !/bin/sh\n"));
  CHECK(is("#!", "", "") && is("#! ", "", ""));
  CHECK(is("#!/bin/sh\r\n", "/bin/sh\r", ""));
  // A name that does not end within what is read must not be run; an argument may be cut.
  const std::string name = "#!/" + std::string(300, 'x') + "\n";
  CHECK(!read(name));
  const std::string argument = "#!/bin/sh " + std::string(300, 'y') + "\n";
  const auto script = read(argument);
  CHECK(script && script->interpreter == "/bin/sh" && script->argument.size() == kProgramHeadBytes - 11);
  constexpr std::string_view kLetters(" \t\n/sh\0x", 8);
  Random random(seed);
  for (int round = 0; round < 5000; ++round) {
    std::string text = "#!";
    const std::uint64_t bytes = random.below(300);
    for (std::uint64_t i = 0; i < bytes; ++i) text += kLetters[static_cast<std::size_t>(random.below(kLetters.size()))];
    const auto result = read(text);
    if (result) CHECK(result->interpreter.find_first_of(" \t\n") == std::string::npos);
  }
}

}  // namespace tessera::lx::test
