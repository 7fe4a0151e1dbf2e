// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/bar_chart.hpp"

#include <algorithm>
#include <cmath>
#include <format>

namespace tessera::bench {
namespace {

// In SVG's units, which are pixels at the usual size.
constexpr double kWidth = 960, kMargin = 16, kLeft = 220, kRight = 830, kLine = 18, kBar = 6, kBarGap = 1;

constexpr std::string_view kStyle = R"(<style>
text { font-family: system-ui, sans-serif; font-size: 12px; fill: #1f2328; }
.title { font-size: 14px; font-weight: 600; }
.group { font-weight: 600; }
.faint { fill: #59636e; font-size: 11px; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: #d8dee4; stroke-width: 1; }
.one { stroke: #1f2328; stroke-width: 1.5; }
.paper { fill: #ffffff; }
.series0 { fill: #0969da; }
.series1 { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.faint { fill: #9198a1; }
.grid { stroke: #30363d; }
.one { stroke: #e6edf3; }
.paper { fill: #0d1117; }
.series0 { fill: #58a6ff; }
.series1 { fill: #f0883e; }
}
</style>
)";

std::optional<double> drawable(std::optional<double> ratio) {
  return ratio && std::isfinite(*ratio) && *ratio > 0 ? ratio : std::nullopt;
}

// From one mark to another, 1 among them and every bar between.
class Axis {
 public:
  explicit Axis(const std::vector<BarGroup>& groups) {
    double least = 0.5, most = 2;
    for (const BarGroup& group : groups) {
      for (const Bar& bar : group.bars) {
        for (const auto& value : bar.ratios) {
          const auto ratio = drawable(value);
          least = std::min(least, ratio.value_or(least));
          most = std::max(most, ratio.value_or(most));
        }
      }
    }
    // A ratio from a foreign file may be anything: the axis has ends.
    int first = 0, last = 0;
    while (first > -kMostPlaces && value_of(first) > least) --first;
    while (last < kMostPlaces && value_of(last) < most) ++last;
    for (int place = first; place <= last; ++place) marks_.push_back(value_of(place));
  }

  [[nodiscard]] const std::vector<double>& marks() const { return marks_; }
  [[nodiscard]] double x(double ratio) const {
    const double low = std::log(marks_.front()), high = std::log(marks_.back());
    const double part = (std::log(ratio) - low) / (high - low);
    return kLeft + std::clamp(part, 0.0, 1.0) * (kRight - kLeft);
  }

 private:
  static constexpr int kMostPlaces = 18;  // 1e-6 to 1e6

  // 1, 2, 5, 10, 20, ... from place 0 upward, 0.5, 0.2, 0.1, ... downward.
  static double value_of(int place) {
    constexpr std::array kDigits{1.0, 2.0, 5.0};
    const int from_least = place + kMostPlaces, decades = kMostPlaces / 3;
    return kDigits.at(static_cast<std::size_t>(from_least % 3)) * std::pow(10.0, from_least / 3 - decades);
  }

  std::vector<double> marks_;
};

std::string text_at(double x, double y, std::string_view style, std::string_view text) {
  return std::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, style, escaped(text));
}

std::string line(double x, double top, double bottom, std::string_view style) {
  return std::format("<line x1=\"{0:.1f}\" y1=\"{1:.1f}\" x2=\"{0:.1f}\" y2=\"{2:.1f}\" class=\"{3}\"/>\n", x, top, bottom, style);
}

std::string rectangle(double x, double y, double width, double height, std::string_view style) {
  return std::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"/>\n", x, y, width, height,
                     style);
}

std::string figure(double ratio) { return ratio < 0.1 ? std::format("{:.3f}", ratio) : std::format("{:.2f}", ratio); }

// The bars of one label, its name before and the figures behind.
std::string bar_line(const Axis& axis, const Bar& bar, double y) {
  std::string shapes = text_at(kLeft - 8, y + 13, "end", bar.label), figures;
  for (std::size_t at = 0; at < kSeries; ++at) {
    const auto ratio = drawable(bar.ratios.at(at));
    figures += (at == 0 ? "" : " / ") + (ratio ? figure(*ratio) : "-");
    if (!ratio) continue;
    const double from = axis.x(std::min(*ratio, 1.0)), to = axis.x(std::max(*ratio, 1.0));
    const double top = y + (kLine - kSeries * kBar - kBarGap) / 2 + static_cast<double>(at) * (kBar + kBarGap);
    shapes += rectangle(from, top, std::max(to - from, 1.0), kBar, "series" + std::to_string(at));
  }
  return shapes + text_at(kRight + 8, y + 13, "", figures);
}

std::string axis_names(const Axis& axis, double y) {
  std::string text;
  for (const double mark : axis.marks()) text += text_at(axis.x(mark), y, "faint middle", std::format("{:g}", mark));
  return text;
}

std::string legend(const BarChart& chart, double y) {
  std::string text;
  for (std::size_t at = 0; at < kSeries; ++at) {
    const double x = kLeft + static_cast<double>(at) * 160;
    text += rectangle(x, y - 9, 10, 10, "series" + std::to_string(at)) + text_at(x + 16, y, "", chart.series.at(at));
  }
  return text;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char character : text) {
    switch (character) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      case '\'': safe += "&#39;"; break;
      default: safe += character >= ' ' && character <= '~' ? character : '?';
    }
  }
  return safe;
}

std::string draw(const BarChart& chart) {
  const Axis axis(chart.groups);
  double y = kMargin + 14;
  std::string head = text_at(kMargin, y, "title", chart.title);
  head += legend(chart, y += 24);
  head += axis_names(axis, y += 22);
  const double top = y + 6;
  std::string bars;
  y = top;
  for (const BarGroup& group : chart.groups) {
    bars += text_at(kMargin, y + 16, "group", group.title);
    y += 22;
    for (const Bar& bar : group.bars) {
      bars += bar_line(axis, bar, y);
      y += kLine;
    }
    y += 6;
  }
  std::string grid;
  for (const double mark : axis.marks()) grid += line(axis.x(mark), top, y, "grid");
  const std::string one = line(axis.x(1), top, y, "one");
  std::string notes = axis_names(axis, y + 16);
  y += 34;
  for (const std::string& note : chart.notes) {
    notes += text_at(kMargin, y, "faint", note);
    y += 15;
  }
  return std::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
             "role=\"img\">\n<title>{2}</title>\n",
             kWidth, y + kMargin, escaped(chart.title)) +
         std::string(kStyle) + rectangle(0, 0, kWidth, y + kMargin, "paper") + grid + head + bars + one + notes + "</svg>\n";
}

}  // namespace tessera::bench
