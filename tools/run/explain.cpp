// SPDX-License-Identifier: Apache-2.0
#include "tools/run/explain.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <map>
#include <set>
#include <system_error>
#include <vector>

#include "tools/support/process.hpp"

namespace tessera::tools::run {
namespace {

constexpr std::size_t kMostShown = 60;  // of a kind

struct Note {
  std::string count, program, text, more;
};
using Notes = std::map<std::string, std::vector<Note>, std::less<>>;

std::string take_field(std::string_view& line) {
  const std::size_t tab = line.find('\t');
  std::string field(line.substr(0, tab));
  line.remove_prefix(tab == std::string_view::npos ? line.size() : tab + 1);
  return field;
}

Notes parse(std::span<const std::string> lines) {
  Notes notes;
  for (std::string_view line : lines) {
    const std::string kind = take_field(line);
    Note note;
    note.count = take_field(line);
    note.program = take_field(line);
    note.text = take_field(line);
    note.more = take_field(line);
    notes[kind].push_back(std::move(note));
  }
  return notes;
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string advice(const std::string& path, const std::function<HostFile(const std::string&)>& host) {
  if (!path.starts_with('/')) return "";
  // What programs make for themselves when they can is no loss.
  if (path.ends_with(".pyc") || path == "/etc/ld.so.cache") return "";
  const HostFile here = host(path);
  if (!here.package.empty()) return "; --package " + here.package + " brings it";
  return here.there ? "; --add " + path + ":" + path + " brings this machine's" : "";
}

class Report {
 public:
  explicit Report(Notes notes) : notes_(std::move(notes)) {}

  // TITLE, and a line for each note of KIND.
  void section(std::string_view kind, std::string_view title, const std::function<std::string(const Note&)>& line) {
    const auto found = notes_.find(kind);
    if (found == notes_.end() || found->second.empty()) return;
    text_ += std::format("{} ({}):\n", title, found->second.size());
    std::size_t shown = 0;
    for (const Note& note : found->second) {
      if (shown++ == kMostShown) {
        text_ += "  ...\n";
        break;
      }
      text_ += "  " + line(note) + "\n";
    }
  }

  // Of what was missed, what was found elsewhere is a search that went well.
  std::size_t drop_found() {
    std::set<std::string> found;
    for (const std::string_view kind : {"opened", "ran"})
      for (const Note& note : notes_[std::string(kind)]) found.insert(name_of(note.text));
    auto& missing = notes_["missing"];
    return std::erase_if(missing, [&](const Note& note) { return found.contains(name_of(note.text)); });
  }

  // Those that something can be done about come first.
  void advise(const std::function<HostFile(const std::string&)>& host) {
    auto& missing = notes_["missing"];
    for (Note& note : missing) note.more = advice(note.text, host);
    std::ranges::stable_partition(missing, [](const Note& note) { return !note.more.empty(); });
  }

  bool complete() { return notes_.contains("end"); }
  void add(std::string text) { text_ += text; }
  std::string take() { return std::move(text_); }

 private:
  Notes notes_;
  std::string text_;
};

}  // namespace

std::string explanation(std::span<const std::string> lines, const std::function<HostFile(const std::string&)>& host) {
  Report report(parse(lines));
  const auto plain = [](const Note& note) { return note.text; };
  const auto who = [](const Note& note) {
    return std::format("{} ({}, {})", note.text, note.count == "1" ? "once" : note.count + " times", note.program);
  };
  const std::size_t searched = report.drop_found();
  report.section("ran", "Programs that ran", plain);
  report.section("opened", "Files that were opened", plain);
  report.section("connected", "Sockets that were connected to", who);
  report.advise(host);
  report.section("missing", "Files that were looked for and are not there", [&](const Note& note) { return who(note) + note.more; });
  if (searched != 0) report.add(std::format("  and {} that were found in another directory\n", searched));
  report.section("denied", "Files that were refused", [&](const Note& note) { return who(note) + ", by " + note.more; });
  report.section("no-connection", "Sockets that nobody listened on", who);
  report.section("no-family", "Networks that are not there", [&](const Note& note) {
    const std::string family = note.text == "2" ? "IPv4" : note.text == "10" ? "IPv6" : note.text == "16" ? "netlink" : "family " + note.text;
    return std::format("{} ({}): the container has no network", family, note.program);
  });
  report.section("absent", "System calls that are not there", who);
  report.section("partial", "System calls that are there in part, and failed",
                 [&](const Note& note) { return who(note) + (note.more.empty() ? "" : ": " + note.more); });
  if (!report.complete()) report.add("The list is not whole: the system did not come to its end.\n");
  return report.take();
}

HostFile host_file(const std::string& path) {
  std::error_code error;
  HostFile file;
  file.there = std::filesystem::is_regular_file(path, error);
  if (!file.there) return file;
  // Debian's lists name files where packages ship them, be it below / or /usr.
  for (const std::string& name : {path, path.starts_with("/usr/") ? path.substr(4) : "/usr" + path}) {
    const auto owner = run_program({{"dpkg-query", "-S", name}, ""});
    if (!owner) continue;
    file.package = owner->substr(0, owner->find_first_of(":, \n"));
    break;
  }
  return file;
}

}  // namespace tessera::tools::run
