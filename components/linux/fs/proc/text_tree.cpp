// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/proc/text_tree.hpp"

namespace tessera::lx {
namespace {

class TextNode final : public ProcFile {
 public:
  TextNode(const TextTree& tree, std::size_t index)
      : ProcFile(tree.first_inode + index, tree.files[index].store != nullptr ? 0644 : 0444, tree.file_system),
        file_(tree.files[index]) {}
  Result<std::string> text() override { return file_.text != nullptr ? file_.text() : file_.text_of(file_.number); }
  Result<void> store(std::string_view value) override {
    return file_.store != nullptr ? file_.store(value) : fail(Errno::einval);
  }

 private:
  const TextFile& file_;
};

}  // namespace

TextDirectory::TextDirectory(const TextTree& tree, std::uint64_t number, std::string prefix)
    : ProcDirectory(number, 0555, tree.file_system), tree_(tree), prefix_(std::move(prefix)) {}

Result<Ref<Inode>> TextDirectory::lookup(std::string_view name) {
  for (std::size_t i = 0; i < tree_.files.size(); ++i) {
    const std::string_view rest = behind_prefix(i);
    if (!rest.starts_with(name)) continue;
    const bool whole = rest.size() == name.size();
    if (whole && !tree_.files[i].is_directory()) return Ref<Inode>(make_ref<TextNode>(tree_, i));
    if (!whole && rest[name.size()] != '/') continue;
    std::string deeper = prefix_;
    deeper.append(name);
    deeper.push_back('/');
    return Ref<Inode>(make_ref<TextDirectory>(tree_, directory_number(i, deeper.size()), deeper));
  }
  return fail(Errno::enoent);
}

Result<void> TextDirectory::read_directory(std::uint64_t& position, DirectorySink& sink) {
  for (std::size_t i = position - kFirstDirectoryPosition; i < tree_.files.size(); ++i) {
    const std::string_view rest = behind_prefix(i);
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    const std::string_view before = i == 0 ? std::string_view{} : behind_prefix(i - 1);
    const bool first = i == 0 || before.substr(0, before.find('/')) != name;
    const std::uint64_t next = i + 1 + kFirstDirectoryPosition;
    if (!name.empty() && first) {
      const bool file = slash == std::string_view::npos && !tree_.files[i].is_directory();
      const std::uint64_t number = file ? tree_.first_inode + i : directory_number(i, prefix_.size() + name.size() + 1);
      if (!sink.add({name, number, file ? kRegular : kDirectory, next})) return {};
    }
    position = next;
  }
  return {};
}

std::string_view TextDirectory::behind_prefix(std::size_t index) const {
  const std::string_view path = tree_.files[index].path;
  return path.starts_with(prefix_) ? path.substr(prefix_.size()) : std::string_view{};
}

std::uint64_t TextDirectory::directory_number(std::size_t first_file, std::size_t depth) const {
  return tree_.first_inode + 0x1000 + first_file * 64 + depth;
}

std::string line_of(std::string_view value) {
  Text text;
  text << value << '\n';
  return text.take();
}

}  // namespace tessera::lx
