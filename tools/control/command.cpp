// SPDX-License-Identifier: Apache-2.0
#include "tools/control/command.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <format>
#include <map>
#include <vector>

#include "tools/control/machines.hpp"
#include "tools/support/file.hpp"
#include "tools/support/size.hpp"
#include "tools/support/suggest.hpp"

namespace tessera::tools::control {
namespace {

constexpr std::chrono::seconds kPatience(30);
constexpr std::size_t kMostAnswer = 1 << 20;

struct Answer {
  std::vector<std::string> lines;
  std::string error;  // the machine's word; "": done
};

// One line of the answer, without its tag. True: it was the last.
bool take_line(std::string_view line, Answer& answer) {
  constexpr std::string_view kData = "= ", kError = "error ";
  if (line == "ok") return true;
  if (line.starts_with(kError)) {
    answer.error = line.substr(kError.size());
    return true;
  }
  if (line.starts_with(kData)) answer.lines.emplace_back(line.substr(kData.size()));
  return false;
}

// What others asked may still be on its way: only lines with our tag are for us.
Result<Answer> ask(int machine, const std::string& order) {
  const std::string tag = std::to_string(::getpid());
  TRY(write_all(machine, tag + " " + order + "\n", "the machine's link"));
  Answer answer;
  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      const std::string line = text.substr(0, end);
      text.erase(0, end + 1);
      if (line.starts_with(tag + " ") && take_line(std::string_view(line).substr(tag.size() + 1), answer)) return answer;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{machine, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0) {
      return fail("the machine does not answer");
    }
    std::array<char, 4096> chunk;
    const ssize_t got = ::read(machine, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || text.size() > kMostAnswer) return fail("the machine has ended");
    text.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t at = 0;;) {
    const std::size_t tab = line.find('\t', at);
    fields.push_back(line.substr(at, tab - at));
    if (tab == std::string::npos) return fields;
    at = tab + 1;
  }
}

// Nothing from the machine reaches a terminal but plain letters.
std::string plain(std::string text) {
  std::ranges::replace_if(text, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return text;
}

std::string duration(std::uint64_t milliseconds) {
  if (milliseconds < 60'000) return std::format("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
  const std::uint64_t minutes = milliseconds / 60'000;
  return minutes < 120 ? std::format("{} min", minutes) : std::format("{} h", minutes / 60);
}

std::string size(std::uint64_t bytes) {
  return bytes >= 10 << 20 ? std::format("{} M", bytes >> 20) : std::format("{} K", bytes >> 10);
}

std::string explain(const std::string& error, const Options& options, int machine) {
  const std::string name = "'" + options.component + "'";
  if (error == "not_found") {
    std::vector<std::string> known;
    if (const auto all = ask(machine, "list")) {
      for (const std::string& line : all->lines) known.push_back(plain(fields_of(line).front()));
    }
    return "no component is called " + name + suggestion(options.component, known);
  }
  if (error == "invalid") {
    return name + " is not in a state for that (./tessera ps shows), or is what the machine stands on: the main component or `control`";
  }
  if (error == "failed") return name + " did not start; the machine's log says why";
  if (error == "too_large") {
    return "there is no room for this program: the manifest does not let that of " + name + " be replaced by one of this size (reload = \"...\"), or it needs more memory than the one before";
  }
  if (error == "bad_signature") return "the machine refuses the program: it is not signed with its image's key; " + name + " goes on as it was";
  if (error == "bad_program") return "the machine refuses the program: it is none for this machine, or for another place in a domain; " + name + " goes on as it was";
  if (error == "incomplete") return "the program did not arrive as it was sent; " + name + " goes on as it was";
  if (error == "denied") return "the machine's manifest does not let its component `control` manage others";
  return "the machine says: " + plain(error);
}

using Row = std::vector<std::string>;  // as long as the first

std::string aligned(std::span<const Row> rows) {
  std::string text;
  for (const Row& row : rows) {
    std::string shown;
    for (std::size_t column = 0; column < row.size(); ++column) {
      std::size_t width = 0;
      for (const Row& other : rows) width = std::max(width, other.at(column).size());
      shown += std::format("{:<{}}  ", row.at(column), width);
    }
    shown.erase(shown.find_last_not_of(' ') + 1);
    text += shown + "\n";
  }
  return text;
}

// The programs that drive something of any of these names, a blank between.
std::string drivers_of(const std::string& kinds, std::span<const manifest::Driver> drivers) {
  std::string found;
  for (const manifest::Driver& one : drivers) {
    if ((" " + kinds + " ").find(" " + one.device + " ") != std::string::npos) found += (found.empty() ? "" : " ") + one.program;
  }
  return found.empty() ? "-" : found;
}

// It tells something, and is about no component.
bool shows(std::string_view command) { return command == "ps" || command == "devices"; }

}  // namespace

Result<Options> parse_options(std::string_view command, std::span<const std::string> arguments) {
  static const std::array<std::string, 4> known{"--machine", "--help", "--signing-key", "--arch"};
  const bool reload = command == "reload";
  Options options;
  while (!arguments.empty()) {
    const std::string word = arguments.front();
    arguments = arguments.subspan(1);
    if (word == "--help" || word == "-h") {
      options.help = true;
    } else if (word == "--machine") {
      if (arguments.empty()) return fail("--machine needs the number of a ./tessera run behind it");
      options.machine = arguments.front();
      arguments = arguments.subspan(1);
    } else if (reload && (word == "--signing-key" || word == "--arch")) {
      if (arguments.empty()) return fail(word + " needs a value behind it");
      const std::string value = arguments.front();
      arguments = arguments.subspan(1);
      if (word == "--signing-key") options.signing_key = value;
      else if (value == "aarch64" || value == "x86_64") options.aarch64 = value == "aarch64";
      else return fail("--arch is x86_64 or aarch64, not '" + value + "'");
    } else if (word.starts_with('-')) {
      return fail("there is no option " + word + suggestion(word, known));
    } else if (reload && !options.component.empty() && options.program.empty()) {
      options.program = word;
    } else if (shows(command) || !options.component.empty()) {
      return fail("there is one word too many: '" + word + "'");
    } else if (word.size() > 31 || word.find_first_of(" \n\t") != std::string::npos) {
      return fail("'" + word + "' is not the name of a component");
    } else {
      options.component = word;
    }
  }
  if (!shows(command) && options.component.empty() && !options.help) {
    return fail("name the component: ./tessera " + std::string(command) + " NAME; ./tessera ps lists them");
  }
  return options;
}

std::string table_of(std::span<const std::string> components) {
  std::vector<Row> rows{{"NAME", "STATE", "FOR", "LIVES", "MEMORY", "PROGRAM", "LAST END"}};
  for (const std::string& line : components) {
    const auto fields = fields_of(line);
    if (fields.size() != 8) continue;
    rows.push_back({plain(fields[0]), plain(fields[1]), duration(parse_number(fields[5]).value_or(0)), plain(fields[4]),
                    size(parse_number(fields[6]).value_or(0)), plain(fields[2]), plain(fields[7])});
  }
  return aligned(rows);
}

Result<std::string> program_of(const Options& options) {
  const UniqueFd machine = TRY(reach(options.machine));
  const Answer answer = TRY(ask(machine.get(), "list"));
  if (!answer.error.empty()) return fail(explain(answer.error, options, machine.get()));
  for (const std::string& line : answer.lines) {
    const auto fields = fields_of(line);
    if (fields.size() == 8 && fields[0] == options.component) return fields[2];
  }
  return fail(explain("not_found", options, machine.get()));
}

Result<void> replace(const Options& options, const Replacement& replacement) {
  constexpr std::size_t kPart = 256;
  constexpr std::string_view kDigits = "0123456789abcdef";
  const UniqueFd machine = TRY(reach(options.machine));
  Answer answer = TRY(ask(machine.get(), "load " + options.component + " " + std::to_string(replacement.content.size())));
  const std::string tag = std::to_string(::getpid());
  std::string lines;
  for (std::size_t at = 0; answer.error.empty() && at < replacement.content.size(); at += kPart) {
    lines += tag + " part ";
    for (const char one : std::string_view(replacement.content).substr(at, kPart)) {
      const auto byte = static_cast<unsigned char>(one);
      lines += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    lines += '\n';
  }
  TRY(write_all(machine.get(), lines, "the machine's link"));
  if (answer.error.empty()) answer = TRY(ask(machine.get(), "finish " + replacement.name + " " + replacement.signature));
  if (!answer.error.empty()) return fail(explain(answer.error, options, machine.get()));
  return {};
}

std::string device_table(std::span<const std::string> devices, std::span<const manifest::Driver> drivers) {
  std::vector<Row> rows{{"PLACE", "DEVICE", "DRIVEN BY", "DRIVERS"}};
  std::map<std::string, std::size_t> idle;  // what nobody drives: how many more are alike
  for (const std::string& line : devices) {
    const auto fields = fields_of(line);
    if (fields.size() != 3) continue;
    const std::string kinds = plain(fields[1]), owner = plain(fields[2]);
    if (owner.empty() && kinds.starts_with("tree:") && ++idle[kinds] > 1) continue;
    rows.push_back({plain(fields[0]), kinds, owner.empty() ? "-" : owner, drivers_of(kinds, drivers)});
  }
  for (Row& row : rows) {
    if (const auto more = idle.find(row[1]); more != idle.end() && more->second > 1 && row[2] == "-") row[0] += std::format(" and {} more", more->second - 1);
  }
  return aligned(rows);
}

Result<std::string> carry_out(std::string_view command, const Options& options, std::span<const manifest::Driver> drivers) {
  const UniqueFd machine = TRY(reach(options.machine));
  const std::string order = command == "ps" ? "list" : shows(command) ? std::string(command) : std::string(command) + " " + options.component;
  const Answer answer = TRY(ask(machine.get(), order));
  if (!answer.error.empty()) return fail(explain(answer.error, options, machine.get()));
  if (command == "devices") return device_table(answer.lines, drivers);
  return command == "ps" ? table_of(answer.lines) : std::string();
}

}  // namespace tessera::tools::control
