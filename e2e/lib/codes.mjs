// Valid codes for made-up employers and people: the check characters of GB 32100-2015 and GB 11643-1999.

const USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const ORG_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** The ninth character of an organisation code (GB 11714). */
function orgCheck(eight) {
  const value = (letter) => (/\d/.test(letter) ? Number(letter) : letter.charCodeAt(0) - 55);
  const sum = [...eight].reduce((total, letter, at) => total + value(letter) * ORG_WEIGHTS[at], 0);
  const rest = 11 - (sum % 11);
  return rest === 11 ? "0" : rest === 10 ? "X" : String(rest);
}

/** A 统一社会信用代码: kind ("91" company, "81" union), six-digit division, eight characters of the maker's choice. */
export function uscc(kind, division, eight) {
  const body = kind + division + eight + orgCheck(eight);
  const sum = [...body].reduce((total, letter, at) => total + USCC_LETTERS.indexOf(letter) * (3 ** at % 31), 0);
  return body + USCC_LETTERS[(31 - (sum % 31)) % 31];
}

/** An 18-digit ID number of a made-up person; people are told apart by `number`. */
export function idNumber(number, division = "330226") {
  const year = 1965 + (number % 38);
  const month = String(1 + (number % 12)).padStart(2, "0");
  const day = String(1 + (number % 28)).padStart(2, "0");
  const body = `${division}${year}${month}${day}${String(100 + (number % 900)).padStart(3, "0")}`;
  const sum = [...body].reduce((total, digit, at) => total + Number(digit) * ID_WEIGHTS[at], 0);
  return body + "10X98765432"[sum % 11];
}

const SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗葛邬娄叶严屠";
const GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉建国海燕红波宁";

/** A name, the same for the same person. */
export function personName(number) {
  const second = GIVEN[(number * 7) % GIVEN.length];
  const third = number % 3 ? GIVEN[(number * 13 + 5) % GIVEN.length] : "";
  return SURNAMES[number % SURNAMES.length] + second + third;
}

/** `2026-11-21`, moved by whole months and days from today in Shanghai. */
export function day({ months = 0, days = 0 } = {}) {
  const [year, month, date] = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10).split("-").map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last) + days)).toISOString().slice(0, 10);
}
