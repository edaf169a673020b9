/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The C++ run-time library on the kernel: static construction and destruction, streams, exceptions through several frames,
 * containers, thread-local storage, files.
 */
#include <algorithm>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace
{
struct announcer {
	const char *name;
	explicit announcer(const char *n) : name(n)
	{
		std::cout << "construct " << name << "\n";
	}
	~announcer()
	{
		std::cout << "destroy " << name << "\n";
	}
};

announcer global("global");
thread_local int counter = 41;

struct deep_error : std::runtime_error {
	using std::runtime_error::runtime_error;
};

int descend(int depth)
{
	announcer frame(depth == 0 ? "bottom" : "frame");
	if (depth == 0)
		throw deep_error("thrown at the bottom");
	return descend(depth - 1) + 1;
}

void use_exceptions()
{
	try {
		descend(3);
	} catch (const std::exception &error) {
		std::cout << "caught " << error.what() << "\n";
	}
	try {
		volatile std::size_t huge = ~std::size_t(0) / 2;
		std::unique_ptr<char[]> memory(new char[huge]);
		std::cout << "NOT REACHED\n";
	} catch (const std::bad_alloc &) {
		std::cout << "bad_alloc\n";
	}
	try {
		std::vector<int>().at(1) = 0;
	} catch (const std::out_of_range &) {
		std::cout << "out_of_range\n";
	}
}

void use_containers()
{
	std::map<std::string, int> words;
	std::istringstream text("one two three two three three");
	for (std::string word; text >> word;)
		words[word]++;
	for (const auto &[word, count] : words)
		std::cout << word << " " << count << "\n";

	std::vector<unsigned> numbers(100000);
	std::iota(numbers.begin(), numbers.end(), 0u);
	std::sort(numbers.begin(), numbers.end(),
		  [](unsigned a, unsigned b) { return a * 2654435761u < b * 2654435761u; });
	std::cout << std::accumulate(numbers.begin(), numbers.end(), 0ull) << " " << numbers[12345]
		  << "\n";

	std::unordered_map<int, std::string> table;
	for (int i = 0; i < 10000; i++)
		table[i] = std::to_string(i * i);
	for (int i = 0; i < 10000; i += 2)
		table.erase(i);
	std::cout << table.size() << " " << table.at(99) << "\n";
}

void use_files()
{
	{
		std::ofstream out("cpp_basic.tmp");
		for (int i = 0; i < 1000; i++)
			out << i << ' ' << i * 0.5 << '\n';
	}
	std::ifstream in("cpp_basic.tmp");
	double sum = 0;
	for (double a, b; in >> a >> b;)
		sum += a + b;
	std::cout << std::setprecision(12) << sum << " " << in.eof() << "\n";
	std::remove("cpp_basic.tmp");
	std::cout << std::ifstream("cpp_basic.tmp").is_open() << "\n";
}
} // namespace

int main()
{
	std::cout << "main " << ++counter << std::endl;
	use_exceptions();
	use_containers();
	use_files();
	std::function<int(int)> twice = [](int x) { return 2 * x; };
	std::cout << std::hex << std::showbase << twice(0x55) << std::dec << " " << std::boolalpha
		  << (twice(2) == 4) << std::endl;
	std::cerr << "done" << std::endl;
	return 7;
}
